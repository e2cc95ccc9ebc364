"""A score function's pass over one picture, as a list of operations that can be done again on parts of its maps."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from lightwell.explain.layout import ANY_LAYOUT
from lightwell.explain.score import Score, logits

# What hands numbers to something other than torch, which nothing here could follow.
LEAVING = {Tensor.numpy, Tensor.__array__, Tensor.__dlpack__, Tensor.tolist, Tensor.data_ptr}
READING = torch.ops.aten._local_scalar_dense.default


class Untraceable(RuntimeError):
    """Says why a score cannot be computed by parts."""


@dataclass(frozen=True)
class Value:
    """Stands in a step's arguments for a tensor that depends on the input."""

    number: int


@dataclass
class Step:
    """One operation.

    Attributes:
        operation: As torch dispatches it. It may write over its first argument, which nothing reads afterwards.
        arguments: Its arguments, in which a `Value` stands for each tensor that depends on the input.
        keywords: Likewise.
        inputs: The numbers of the tensors it depends on.
        outputs: The numbers of the tensors it gives.
        read: What it read out of a tensor for Python to see, which later steps may hang on.
    """

    operation: OpOverload
    arguments: list[Any]
    keywords: dict[str, Any]
    inputs: list[int]
    outputs: list[int]
    read: Any = None

    def with_values(self, values: Mapping[int, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The arguments and keywords with these in place of what depends on the input."""
        return _filled(self.arguments, values), {name: _filled(each, values) for name, each in self.keywords.items()}


def _filled(argument: Any, values: Mapping[int, Any]) -> Any:
    # A function within `with_values` that calls itself would keep all values until the next garbage collection.
    if isinstance(argument, list):
        return [_filled(each, values) for each in argument]
    return values[argument.number] if isinstance(argument, Value) else argument


@dataclass
class Recording:
    """All that depends on the input: the steps, every tensor on the way, and the number of the scores.

    The input itself has number 0.
    """

    steps: list[Step]
    tensors: list[Tensor]
    scores: int


def record(score: Score, picture: Tensor) -> Recording:
    """Record a score function on one picture `(1, ...)`; to be called inside `undisturbed` and `no_grad`.

    Operations are noted as torch dispatches them, so it does not matter how the score function is written: as
    modules, functions, hooks or closures. What Python reads out of a tensor, for instance to branch on it, is noted.

    Raises:
        Untraceable: When the scores may depend on the input in a way that was not seen.
    """
    picture = picture.clone()
    recorder = _Recorder(picture)

    def recorded(inputs: Tensor) -> Tensor:
        with _Staying(), recorder:
            return score(inputs)

    scores = logits(recorded, picture)
    if id(scores) not in recorder.numbers:
        raise Untraceable("the scores were not seen to depend on the input")
    return Recording(recorder.steps, recorder.tensors, recorder.numbers[id(scores)])


def each_of(results: Any) -> list[Any]:
    """The results of an operation, which may be one or several, some of them missing."""
    return [each for each in (results if isinstance(results, list | tuple) else [results]) if each is not None]


class _Staying(TorchFunctionMode):
    """Refuses to let numbers leave torch."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in LEAVING:
            raise Untraceable("numbers leave torch on the way")
        return func(*args, **(kwargs or {}))


class _Recorder(TorchDispatchMode):
    """Notes each operation on a tensor that depends on the input."""

    def __init__(self, picture: Tensor) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.tensors: list[Tensor] = []
        self.numbers: dict[int, int] = {}  # by identity: every tensor noted is kept, so none is taken for another
        self._kept: list[Tensor] = []
        self._sharing: dict[int, set[int]] = defaultdict(set)
        self._note(picture)

    def _note(self, tensor: Any, func: Any = None) -> int:
        if not isinstance(tensor, Tensor):
            raise Untraceable(f"{func} gives something other than tensors")
        self.numbers[id(tensor)] = number = len(self.tensors)
        self.tensors.append(tensor)
        self._kept.append(tensor)
        self._sharing[tensor.untyped_storage().data_ptr()].add(id(tensor))
        return number

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if torch.Tag.nondeterministic_seeded in func.tags:
            raise Untraceable(f"{func} is random")
        inputs: list[int] = []
        arguments = self._stand_in(list(args), inputs)
        keywords = {name: self._stand_in(argument, inputs) for name, argument in kwargs.items()}
        if not inputs:
            return func(*args, **kwargs)
        if func._schema.is_mutable:
            self._keep_what_is_written_over(func, args)
        results = func(*args, **kwargs)
        step = Step(ANY_LAYOUT.get(func, func), arguments, keywords, list(dict.fromkeys(inputs)), [])
        if func is READING:
            # What is asked of a tensor may have the same answer under every window; a measurement will not.
            if isinstance(results, float):
                raise Untraceable("a number is read from a tensor on the way")
            step.read = results
        else:
            step.outputs = [self._note(result, func) for result in each_of(results)]
        self.steps.append(step)
        return results

    def _stand_in(self, argument: Any, inputs: list[int]) -> Any:
        if isinstance(argument, list | tuple):
            return [self._stand_in(each, inputs) for each in argument]
        if not isinstance(argument, Tensor) or id(argument) not in self.numbers:
            return argument
        inputs.append(self.numbers[id(argument)])
        return Value(inputs[-1])

    def _keep_what_is_written_over(self, func: OpOverload, args: Any) -> None:
        written = [argument.name for argument in func._schema.arguments if argument.is_write]
        if written != ["self"] or id(args[0]) not in self.numbers:
            raise Untraceable(f"{func} writes over a tensor")
        if len(self._sharing[args[0].untyped_storage().data_ptr()]) > 1:
            raise Untraceable(f"{func} writes over part of a tensor")
        self.tensors[self.numbers[id(args[0])]] = args[0].clone()

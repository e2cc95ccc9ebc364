"""The recorded pass done again for many windows at once, each operation on no more than what a window changes."""

from collections.abc import Mapping

from torch import Tensor

from lightwell.explain.incremental.operations import needed_by, on_patches
from lightwell.explain.incremental.patches import CleanMap, Patch, Whole
from lightwell.explain.incremental.recording import Recording, Step
from lightwell.explain.incremental.whole_maps import on_whole_maps


class Replay:
    """A recorded score function that takes patches of the recorded picture."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        needed = {0, *(number for step in recording.steps for number in needed_by(step))}
        for number in set(range(len(recording.tensors))) - needed:
            # A tensor without content; it has nothing to read by mistake.
            recording.tensors[number] = recording.tensors[number].to("meta")
        self.clean = [CleanMap(tensor) for tensor in recording.tensors]
        self._last_read: dict[int, Step | None] = {}
        self._last_read |= {number: step for step in recording.steps for number in step.inputs}
        self._last_read[recording.scores] = None  # but by the caller

    def __call__(self, patch: Patch) -> Tensor:
        """The scores `(windows, K)` of the picture under each window.

        Raises:
            Untraceable: When a window changes what the score function does, and not only its numbers.
        """
        values: dict[int, Patch | Whole] = {0: patch}
        for step in self._recording.steps:
            result = self._on_patches(step, values)
            if result is not None:
                values[step.outputs[0]] = result
            else:
                whole = {number: values[number].whole() for number in step.inputs}
                values |= whole | on_whole_maps(step, whole, self._recording.tensors)
            for number in [*step.inputs, *step.outputs]:
                if self._last_read.get(number, step) is step:
                    values.pop(number, None)
        return values[self._recording.scores].whole().values[:, 0]

    def _on_patches(self, step: Step, values: Mapping[int, Patch | Whole]) -> Patch | Whole | None:
        if not all(isinstance(values[number], Patch) for number in step.inputs):
            return None
        # Results after the first are such as a maximum's place or a normalisation's statistics: no rule gives them.
        if not step.outputs or any(number in self._last_read for number in step.outputs[1:]):
            return None
        return on_patches(step.operation, self.clean[step.outputs[0]], *step.with_values(values))

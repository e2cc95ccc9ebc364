"""A mistake in a configuration, and how it is told."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH = 110


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong.

    Attributes:
        key: Where, as on the command line: `optimizer.lr`.
        value: What stands there; None where no single value is to blame.
        problem: One sentence: what is wrong with it.
        advice: One sentence: what to do; may be empty.
    """

    key: str
    value: Any
    problem: str
    advice: str = ""

    def __str__(self) -> str:
        heading = self.key if self.value is None else f"{self.key} = {shown(self.value)}"
        return f"  {heading}\n{_indented(f'{self.problem} {self.advice}'.strip())}"


class ConfigMistakes(Exception):
    """Everything that is wrong with a configuration, told together."""

    def __init__(self, mistakes: list[Mistake]):
        super().__init__(mistakes)
        self.mistakes = mistakes

    def __str__(self) -> str:
        count = len(self.mistakes)
        title = f"{count} mistake{'s' if count > 1 else ''} in this configuration; nothing was trained."
        return "\n\n".join([title, *map(str, self.mistakes)])


def once(mistakes: list[Mistake]) -> list[Mistake]:
    """Without those that were found twice."""
    return [*{(mistake.key, str(mistake.value), mistake.problem): mistake for mistake in mistakes}.values()]


def shown(value: Any) -> str:
    """A value as it would stand on the command line, cut where it gets long."""
    if isinstance(value, Mapping):
        text = "{" + ", ".join(f"{key}: {shown(item)}" for key, item in value.items()) + "}"
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(shown(item) for item in value) + "]"
    elif value is None or isinstance(value, bool):
        text = {None: "null", True: "true", False: "false"}[value]
    else:
        text = str(value) or "''"
    return textwrap.shorten(text, 80, placeholder=" ...") if len(text) > 80 else text


def _indented(text: str) -> str:
    """Each line wrapped on its own, so that lists stay lists."""
    return "\n".join(
        textwrap.fill(
            line.strip(),
            WIDTH,
            initial_indent=(margin := "    " + line[: len(line) - len(line.lstrip())]),
            subsequent_indent=margin,
            break_long_words=False,
            break_on_hyphens=False,
        )
        for line in text.splitlines()
    )

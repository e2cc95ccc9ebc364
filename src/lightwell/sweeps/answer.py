"""What a sweep answers, beside its table."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Figure:
    """A drawing on a sweep's page.

    Attributes:
        title: What it shows.
        svg: The drawing, as one `<svg>` element that fetches nothing.
        caption: How to read it.
    """

    title: str
    svg: str
    caption: str = ""


@dataclass(frozen=True)
class Answer:
    """What the jobs of a sweep say together.

    Attributes:
        sentences: The answer in words, the most important first; plain text.
        figures: The drawings that it is read from.
        numbers: What it says in figures, by name; they are kept in `sweep.json`, for claims and anyone's own use.
    """

    sentences: list[str]
    figures: list[Figure] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)

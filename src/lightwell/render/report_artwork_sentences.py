"""What the report says of what was painted, in sentences."""

from lightwell.render.artworks_file import ArtworkEntry
from lightwell.render.report_wording import amount, percent

COLOURS = {
    "luminance": "The colours are the photograph's: only its brightness was painted.",
    "histogram": "The colours are the photograph's: those of the style were matched to them first.",
}
MOVED = (
    "A row is a term of the loss: where it pulled at the start, where the change has lowered it (red) and where it "
    "has raised it (blue), and where it still pulls at the end because the other terms hold against it."
)
GRAMS = (
    "A row is a layer: how strongly its channels answer together, in the start, in the style and in the picture. The "
    "style has been learned as far as the last two look alike."
)


def verdict(metrics: dict[str, float], artworks: int, start: str) -> list[str]:
    """What the figures of the run say of style and content; nothing where they are not known."""
    improvement, drift = metrics.get("test/style_improvement", 0.0), metrics.get("test/content_drift")
    found = []
    if improvement > 0:
        whose = (
            "The picture's style loss" if artworks == 1 else f"The style loss of the {artworks:,} pictures, on average,"
        )
        found.append(f"{whose} {became(1 / improvement, 1.0, start)}.")
    if drift is not None:
        found.append(
            f"The content loss is {percent(drift)} of what the style's picture itself has: 0\u00a0% would be the "
            f"photograph, and at 100\u00a0% nothing of it would be left."
        )
    return found


def told(artwork: ArtworkEntry, start: str) -> list[str]:
    """What became of an artwork's loss, and of its colours.

    Args:
        artwork: What is known of it.
        start: What it started from, such as "the photograph".
    """
    fell = "fell" if artwork.loss < artwork.at_start else "went"
    found = [
        f"The loss {fell} from {amount(artwork.at_start)} to {amount(artwork.loss)}, measured on the saved picture."
    ]
    parts = {name: _parts(artwork, name) for name in dict.fromkeys(term.term for term in artwork.terms)}
    if "style" in parts:
        found.append(f"The style's loss {became(*parts['style'], start)}.")
    if "content" in parts:
        value, at_start = parts["content"]
        found.append(
            f"The content's loss {became(value, at_start, start)}."
            if at_start
            else f"The content's loss, which is nothing as long as nothing is painted, is {amount(value)}."
        )
    if total := sum(value for value, _ in parts.values()):
        shares = [f"{percent(value / total)} {name}" for name, (value, _) in parts.items()]
        found.append(f"What is left is {_listed(shares)}.")
    if artwork.steps_back:
        times = "once" if artwork.steps_back == 1 else f"{artwork.steps_back:,} times"
        found.append(f"On the way it blew up {times}, and went on from the best picture so far.")
    return [*found, *([COLOURS[artwork.colours]] if artwork.colours in COLOURS else [])]


def became(value: float, at_start: float, start: str) -> str:
    """What a loss has come to beside what it was: `fell to 1/120 of what the photograph has`."""
    if not at_start:
        return f"rose from nothing to {amount(value)}" if value else "was nothing and still is"
    share = value / at_start
    if share <= 0.5:
        return f"fell to {f'1/{amount(1 / share)}' if share > 1e-12 else 'nothing'} of what {start} has"
    if share < 0.995:
        return f"fell to {percent(share)} of what {start} has"
    if share <= 1.005:
        return f"is what {start} has"
    return f"rose to {amount(share)} times what {start} has"


def _parts(artwork: ArtworkEntry, name: str) -> tuple[float, float]:
    terms = [term for term in artwork.terms if term.term == name]
    return sum(term.value for term in terms), sum(term.at_start for term in terms)


def _listed(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]

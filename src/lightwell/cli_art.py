"""The verb about art: stylise."""

import sys
from pathlib import Path
from typing import Annotated

import typer

WRITTEN = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


def stylise(
    content: Annotated[Path, typer.Argument(help="A photograph.", show_default=False)],
    styles: Annotated[
        list[Path],
        typer.Argument(
            metavar="STYLE...", help="Paintings; or swirls, mosaic, woodcut. Several are mixed.", show_default=False
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The picture to write.", show_default=False)],
    size: Annotated[int, typer.Option(min=32, help="Its longest side, in pixels.")] = 512,
    steps: Annotated[int, typer.Option(min=1, help="How long to paint; rounded to tens.")] = 200,
    option: Annotated[
        list[str] | None, typer.Option(help="Of the experiment style_transfer, such as loss.style_weight=1e6.")
    ] = None,
) -> None:
    """Paint a photograph as a painting is. The picture is written as it gets better: open it and watch.

    Ctrl-C ends it early, and leaves the best picture so far.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    if output.suffix.lower() not in WRITTEN:
        _stop(f"{output} has no ending that tells of a picture's format. Give one of {', '.join(WRITTEN)}.")
    if not output.absolute().parent.is_dir():
        _stop(f"There is no folder {output.parent}. Make it, or write elsewhere.")

    from lightwell.stylise import settings_for
    from lightwell.stylise import stylise as paint

    settings = settings_for(content, styles, size=size, steps=steps, options=option or [])
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=True) as progress:
        bar = progress.add_task("Painting", total=settings["epochs"] * settings["data"]["steps"])
        figures = paint(
            settings, output, lambda loss: progress.update(bar, advance=1, description=f"Painting, loss {loss:.3g}")
        )
    better, drift = figures["test/style_improvement"], figures["test/content_drift"]
    typer.echo(f"{output}: the style's loss fell to 1/{better:.0f}; content went {drift:.0%} of the way to it.")


def _stop(message: str) -> None:
    typer.echo(message, err=True)
    sys.exit(2)

"""The verbs about people: enroll, verify, recognise and embed."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.", show_default=False)]
Pictures = Annotated[list[Path], typer.Argument(metavar="FILE_OR_FOLDER...", help="Pictures.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


def enroll(
    run: RunPath,
    name: Annotated[str, typer.Argument(help="Who it is.", show_default=False)],
    files: Pictures,
) -> None:
    """Let a run know a person by some pictures; several differ in pose and light, and one is enough."""
    from lightwell.identity.gallery import add_pictures

    _, read, embeddings = _embedded(run, files)
    gallery = add_pictures(run, name, [str(file.resolve()) for file in read], embeddings)
    count = int((gallery.names == name).sum())
    typer.echo(f"{name} is known by {count} {'picture' if count == 1 else 'pictures'}; {len(gallery.people)} in all.")


def verify(
    run: RunPath,
    first: Annotated[Path, typer.Argument(metavar="A", help="A picture.", show_default=False)],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another.", show_default=False)],
    as_json: AsJson = False,
) -> None:
    """Say whether two pictures show the same person; the exit status is 0 if they do, and 1 if not."""
    from lightwell.identity.asking import verify as verified

    encoder, read, embeddings = _embedded(run, [first, second])
    if len(read) < 2:
        raise typer.Exit(2)
    answer = verified(encoder, embeddings)
    if as_json:
        typer.echo(json.dumps(answer))
    else:
        said = "the same person" if answer["same"] else "not the same person"
        comparison = "at most" if answer["same"] else "more than"
        typer.echo(f"{said} ({answer['sure']:.1%} sure): distance {answer['distance']:.3f}, ", nl=False)
        typer.echo(f"{comparison} the threshold of {answer['threshold']:.3f}")
    raise typer.Exit(0 if answer["same"] else 1)


def recognise(run: RunPath, files: Pictures, as_json: AsJson = False) -> None:
    """Say who is on pictures, of those enrolled, or that it is somebody unknown."""
    from lightwell.identity.asking import recognise as recognised

    encoder, read, embeddings = _embedded(run, files)
    for file, answer in zip(read, recognised(encoder, embeddings), strict=True):
        if as_json:
            typer.echo(json.dumps({"file": str(file), **answer}, ensure_ascii=False))
        else:
            typer.echo(f"{file}: {_spoken(answer)}")


def embed(
    run: RunPath,
    files: Pictures,
    output: Annotated[Path, typer.Option("--output", "-o", help="The .npz file to write.")],
) -> None:
    """Write what an encoder says of pictures: `files` and `embeddings` in one .npz file."""
    import numpy as np

    _, read, embeddings = _embedded(run, files)
    with output.open("wb") as file:
        np.savez(file, files=np.array([str(path) for path in read]), embeddings=embeddings)
    typer.echo(f"{output}: {len(read)} embeddings of {embeddings.shape[1]} numbers")


def _spoken(answer: dict[str, Any]) -> str:
    """An answer as a person reads it."""
    if answer["person"] is None:
        return f"unknown (the nearest is {answer['nearest']}, at {answer['distance']:.3f})"
    return f"{answer['person']} (distance {answer['distance']:.3f}; unknown above {answer['unknown_above']:.3f})"


def _embedded(run: Path, files: list[Path]) -> tuple[Any, list[Path], Any]:
    """The run as an encoder, the pictures that could be read, and their embeddings; the others are named."""
    from lightwell.identity.asking import embed_files, encoder_of
    from lightwell.predict import pictures_in
    from lightwell.runs.load import load

    encoder = encoder_of(load(run))
    read, embeddings, errors = embed_files(encoder.run, pictures_in(files))
    for error in errors:
        typer.echo(error, err=True)
    if not read:
        typer.echo("There is no picture that could be read.", err=True)
        raise typer.Exit(2)
    return encoder, read, embeddings

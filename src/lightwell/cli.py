"""The `lightwell` command: one function a verb. torch is imported by the verbs that need it, and not before."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from lightwell import cli_art, cli_people, cli_sound

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)

for verb in (
    cli_people.enroll,
    cli_people.verify,
    cli_people.recognise,
    cli_people.embed,
    cli_sound.collect,
    cli_sound.listen,
    cli_art.stylise,
):
    app.command()(verb)

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.", show_default=False)]


@app.command()
def predict(
    run: RunPath,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE_OR_FOLDER...", help="Pictures, or sounds.", show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="With --json, of a sound: the probability of every step, too.")
    ] = False,
) -> None:
    """Say what pictures show, or when a word is spoken in sounds.

    A file that cannot be read is named and skipped, and the exit status is then 1.
    """
    from lightwell.predict import pictures_in, sounds_in
    from lightwell.predict import predict as predictions
    from lightwell.predict_sounds import predict_sounds
    from lightwell.runs.load import load

    failed, loaded = False, load(run)
    if loaded.task.inputs == "sound":
        answers = predict_sounds(loaded, sounds_in(files), every_step=probabilities)
    else:
        answers = predictions(loaded, pictures_in(files))
    for answer in answers:
        if "error" in answer:
            failed = True
            typer.echo(answer["error"], err=True)
        if as_json:
            typer.echo(json.dumps(answer, ensure_ascii=False))
        elif "error" not in answer:
            typer.echo(f"{answer['file']}: {_spoken(answer, loaded.classes)}")
    if failed:
        raise typer.Exit(1)


def _spoken(answer: dict[str, Any], classes: tuple[str, ...]) -> str:
    """An answer as a person reads it."""
    if "events" in answer:
        heard = ", ".join(f"{event['time']:.2f} s ({event['score']:.2f})" for event in answer["events"])
        return f"{classes[1]} at {heard}" if heard else "nothing heard"
    if isinstance(answer["label"], str):
        return f"{answer['label']} ({answer['probability']:.1%})"
    pairs = zip(answer["label"], answer["probability"], strict=True)
    return ", ".join(f"{name} ({probability:.1%})" for name, probability in pairs) or "none of the classes"


@app.command()
def explain(
    run: RunPath,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE_OR_FOLDER...", help="Pictures, or sounds.", show_default=False)
    ],
    method: Annotated[list[str] | None, typer.Option(help="How; may be given several times.")] = None,
    class_names: Annotated[
        list[str] | None, typer.Option("--class", help="Which class's score; else the likeliest. May be repeated.")
    ] = None,
    option: Annotated[list[str] | None, typer.Option(help="An option of the method, such as patch=9.")] = None,
    output: Annotated[Path | None, typer.Option(help="Where to write; else a folder in the run.")] = None,
) -> None:
    """Show what a run looks at in pictures, or hears in sounds, that it never met: overlays, raw maps and a sheet.

    A file that cannot be read is named and skipped, and the exit status is then 1.
    """
    from rich.progress import Progress

    from lightwell.explain_files import explain_files, method_named, new_folder, subjects_from
    from lightwell.predict import pictures_in, sounds_in
    from lightwell.runs.load import load

    loaded = load(run)
    methods = [method_named(loaded, name, option or []) for name in method or ["occlusion"]]
    below = sounds_in if loaded.task.inputs == "sound" else pictures_in
    subjects, errors = subjects_from(loaded, below(files))
    for error in errors:
        typer.echo(error, err=True)
    if not subjects:
        _stop("There is nothing to explain.")
    for each in methods:
        folder = new_folder(loaded, each.method, output)
        with Progress(transient=True) as progress:
            bar = progress.add_task(each.method, total=len(subjects))
            for done in explain_files(loaded, each, subjects, class_names or "predicted", folder):
                progress.advance(bar, done)
        typer.echo(f"{each.method}: {folder / 'sheet.png'}")
    if errors:
        raise typer.Exit(1)


@app.command()
def compare_explanations(
    run: RunPath,
    method: Annotated[list[str] | None, typer.Option(help="Which; may be given several times. Else every one.")] = None,
    maps: Annotated[int, typer.Option(help="How many maps of each method to score.")] = 128,
) -> None:
    """Score every way of explaining a run: against the evidence, by deletion and insertion, and against random weights.

    The table is written to explanations/comparison.csv in the run folder.
    """
    from rich.progress import Progress

    from lightwell.compare_explanations import compare, noise, pairs_of, write_table
    from lightwell.explain_files import METHODS, CannotExplain, method_named
    from lightwell.runs.load import load

    loaded = load(run)
    pairs = pairs_of(loaded, maps)
    rows = []
    with Progress(transient=True) as progress:
        for name in method or METHODS:
            bar = progress.add_task(name, total=None)
            try:
                for scores in compare(loaded, method_named(loaded, name, []), pairs):
                    latest = scores
                    progress.advance(bar)
            except (ValueError, ModuleNotFoundError) as error:  # such as a network without class activation maps
                if method:
                    raise CannotExplain(f"--method {name}: {error}") from error
                continue
            finally:
                progress.remove_task(bar)
            rows += [each.row() for each in latest]
    rows.append(noise(loaded, pairs).row())
    typer.echo(write_table(run, rows))


@app.command()
def resume(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run folder, or latest.", show_default=False)],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="What extends the run: epochs=20, hardware=ddp_cpu.", show_default=False)
    ] = None,
) -> None:
    """Go on where a run stopped, in its folder: it ends as it would have without the stop."""
    from lightwell.resume import resume as go_on

    go_on(run, overrides or [])


@app.command()
def reproduce(
    what: Annotated[str, typer.Argument(metavar="RUN_OR_EXPERIMENT", show_default=False)],
) -> None:
    """Run a finished run, or a published experiment, again: is it identical, do its claims hold?

    The exit status is 1 where they do not.
    """
    if (Path(what) / "config.yaml").is_file():
        _repeat(Path(what))
    else:
        _check_claims(what)


def _repeat(run: Path) -> None:
    from lightwell.reproduce import circumstances, comparison, repeat
    from lightwell.runs.record import read_record

    before = read_record(run)
    after = repeat(run)
    differences = list(comparison(before, after))
    others = list(circumstances(before, after))
    if not differences:
        typer.echo(f"identical: the weights and all {len(after.metrics)} figures, bit for bit")
    for line in differences:
        typer.echo(f"differs: {line}")
    for line in others:
        typer.echo(f"{'nevertheless ' if not differences else ''}changed: {line}")
    if differences:
        raise typer.Exit(1)


def _check_claims(name: str) -> None:
    import time
    from datetime import datetime

    from lightwell.claims import judge, make_runs, published, table
    from lightwell.runs.files import write_text
    from lightwell.runs.provenance import machine

    experiment = published(name)
    typer.echo(f"{name} takes about {experiment.minutes:g} minutes on two cores.")
    folder = Path("outputs/reproduced").absolute() / name / f"{datetime.now():%Y-%m-%d_%H-%M-%S}"
    began = time.monotonic()
    verdicts = judge(experiment, list(make_runs(experiment, folder)))
    text = table(experiment, verdicts, time.monotonic() - began, machine())
    write_text(folder / "reproduced.md", text + "\n")
    typer.echo(text)
    if not all(verdict.holds for verdict in verdicts):
        raise typer.Exit(1)


@app.command()
def compare(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run folders, or a sweep's.", show_default=False)
    ],
    csv: Annotated[Path | None, typer.Option(help="Write the table to this file, too.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file: curves, pictures and all.")] = None,
) -> None:
    """Hold runs against each other: what differs in their settings, and in what came out?"""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from lightwell.compare import compared, shown, verdicts

    comparison = compared(runs)
    table = Table("", *comparison.labels, box=box.SIMPLE)
    for key, row in comparison.settings.items():
        table.add_row(key, *("–" if value is None else str(value) for value in row))
    table.add_section()
    for name in comparison.names:
        table.add_row(f"test/{name}", *(shown(figures.get(name)) for figures in comparison.figures))
    Console(width=None if sys.stdout.isatty() else 200, markup=False).print(table)
    for sentence in verdicts(comparison):
        typer.echo(sentence)
    if csv:
        csv.write_text(comparison.as_csv(), encoding="utf-8")
    if html:
        from lightwell.render.comparison_page import comparison_page

        html.write_text(comparison_page(comparison), encoding="utf-8")
        typer.echo(html)


@app.command()
def report(run: RunPath) -> None:
    """Write a run's report anew: one HTML page that needs no network."""
    from lightwell.render.report import write_report

    if not (run / "config.yaml").is_file():
        _stop(f"{run} is no run folder: it has no config.yaml. `lightwell list` shows the runs.")
    typer.echo(write_report(run))


@app.command(name="list")
def list_runs(
    folder: Annotated[Path, typer.Argument(help="Where runs are kept.")] = Path("outputs"),
    jobs: Annotated[bool, typer.Option("--jobs", help="List every job of a sweep.")] = False,
) -> None:
    """Show the runs below a folder, the newest last; a sweep is one line."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from lightwell.runs.listing import find_runs

    rows = find_runs(folder, jobs=jobs)
    if not rows:
        _stop(f"There are no runs below {folder}. `python train.py` makes one.")
    table = Table("run", "started", "status", "result", box=box.SIMPLE)
    for row in rows:
        table.add_row(row.path, row.started, row.status, row.result)
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@app.command()
def doctor() -> None:
    """Check versions and devices: do the installed packages go together?"""
    from lightwell.doctor import diagnose

    healthy = True
    for finding in diagnose():
        healthy &= finding.well
        typer.echo(f"{'ok  ' if finding.well else 'BAD '} {finding.text}")
    if not healthy:
        raise typer.Exit(1)


def _stop(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(2)


def main() -> None:
    """Run the command; a user's mistake is told without a traceback."""
    try:
        app()
    except Exception as error:
        if type(error).__name__ not in ("NoRun", "ConfigMistakes", "CannotExplain"):
            raise
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()

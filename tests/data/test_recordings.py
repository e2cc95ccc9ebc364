"""Clips of recordings: who is in which split, what cannot be used, and the same samples whoever makes them."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lightwell.config.mistakes import ConfigMistakes
from lightwell.data import Recordings, SpecAugment, SpokenWords
from lightwell.data.batches import Batches
from lightwell.data.moments import FRAMES, SAMPLES
from lightwell.data.spoken_words import held_out
from lightwell.sound import RATE
from lightwell.sound.mixture import Recipe
from lightwell.sound.vocabulary import holds
from tests.sound.files import sound_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sound_folder(tmp_path_factory.mktemp("recordings") / "sounds", each=40)


def recordings(folder: Path, **options: object) -> Recordings:
    given = {"word": "activate", "recipe": Recipe(seconds=4), "train": 12, "val": 4, "test": 6, **options}
    return Recordings(root=str(folder), **given)  # type: ignore[arg-type]


def loaded(folder: Path, **options: object) -> Recordings:
    data = recordings(folder, **options)
    data.load()
    return data


def refusal(folder: Path, **options: object) -> str:
    """What is told of data that cannot be used, without the spaces at which its lines are broken."""
    with pytest.raises(ConfigMistakes) as told:
        loaded(folder, **options)
    return "".join(str(told.value).split())


def test_nobody_is_in_two_splits_and_new_files_move_no_others(folder: Path, tmp_path: Path) -> None:
    data = loaded(folder)
    sources = [{sound.source for sound in clips.sources.wanted} for clips in data.splits.values()]
    assert sum(map(len, sources)) == len(set.union(*sources)) == 40 and min(map(len, sources)) > 0
    more = loaded(sound_folder(tmp_path / "more", each=60))
    for name, clips in data.splits.items():
        assert {sound.source for sound in clips.sources.wanted} <= {
            sound.source for sound in more.splits[name].sources.wanted
        }


def test_a_speaker_is_told_by_the_path(folder: Path) -> None:
    data = recordings(folder, speaker=r"__(\w+?)__")
    assert data.split_of("positives/yes__anna__1.wav") == data.split_of("negatives/no__anna__7.wav")
    assert {data.split_of(f"positives/yes__{name}__1.wav") for name in "abcdefghijklmnopqrstuvwxyz"} == {
        "train",
        "val",
        "test",
    }


def test_the_same_clips_whatever_the_workers_and_processes(folder: Path) -> None:
    data = loaded(folder)
    options = {"batch_size": 4, "seed": 0, "shuffle": True}

    def made(workers: int, processes: int) -> dict[int, tuple[bytes, bytes]]:
        found = {}
        for rank in range(processes):
            batches = Batches(
                data.splits["train"],
                rank=rank,
                world_size=processes,
                num_workers=workers,
                **options,  # type: ignore[arg-type]
            )
            batches.set_epoch(3)
            for batch in batches:
                for index, sound, labels in zip(batch.indices.tolist(), batch.sounds, batch.labels, strict=True):
                    found[index] = (sound.numpy().tobytes(), labels.numpy().tobytes())
        return found

    alone = made(0, 1)
    assert len(alone) == 12 and alone == made(2, 1) == made(0, 2) == made(1, 3)
    other = data.splits["train"].in_epoch(4).batch(np.arange(12))
    assert all(sound.numpy().tobytes() != alone[index][0] for index, sound in enumerate(other.sounds))
    fixed = data.splits["test"]
    assert torch.equal(fixed.batch(np.arange(2)).sounds, fixed.in_epoch(9).batch(np.arange(2)).sounds)


def test_a_label_follows_the_end_of_the_wanted_word(folder: Path) -> None:
    data = loaded(folder)
    for number in range(12):
        clips = data.splits["train"].in_epoch(1)
        on = data.times[clips.labels(number) > 0]
        ends = np.array([word.end for word in clips.words(number) if word.wanted])
        assert all(((time > ends) & (time <= ends + 0.36)).any() for time in on)
        assert len(on) <= np.ceil(0.36 / 0.04) * len(ends) and (len(on) > 0) == (len(ends) > 0)


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    import soundfile

    folder = sound_folder(tmp_path / "sounds", each=40)
    (folder / "positives" / "torn.flac").write_bytes(b"fLaC\x00\x00")
    soundfile.write(folder / "negatives" / "nothing.wav", np.zeros(RATE), RATE)
    assert "2filescannotbeused" in (told := refusal(folder)) and "torn.flac" in told and "nothing.wavissilent" in told
    data = loaded(folder, on_error="skip")
    assert sum(len(clips.sources.wanted) for clips in data.splits.values()) == 40
    assert "Thereisnofolder" in (told := refusal(folder, rooms=["rooms"])) and "data.rooms=[FOLDER,...]" in told
    (tmp_path / "sounds" / "empty").mkdir()
    assert "Thereisnosoundinthefolder" in refusal(folder, backgrounds=["empty"])


def test_recorded_rooms_are_used(folder: Path, tmp_path: Path) -> None:
    import soundfile

    (folder / "rooms").mkdir(exist_ok=True)
    for number in range(12):
        soundfile.write(folder / "rooms" / f"{number}.wav", np.eye(1, 800)[0], RATE)  # a room without any echo
    dry, wet = (Recipe(seconds=4, rooms=share) for share in (0, 1))
    without, with_rooms = loaded(folder, recipe=dry), loaded(folder, recipe=wet, rooms=["rooms"])
    assert len(with_rooms.splits["train"].sources.rooms) > 0
    one, other = (data.splits["train"].batch(np.arange(4)).sounds for data in (without, with_rooms))
    assert one.shape == other.shape == (4, 4 * RATE)


def test_a_moment_shows_the_word_where_it_says(folder: Path) -> None:
    data = loaded(folder, recipe=Recipe(seconds=4, level=(-60, -60), snr=(40, 40), rooms=0))
    moments = data.moments
    position = int(np.flatnonzero(moments.labels)[0])
    image, (start, end) = moments.image(position)[0].astype(float), moments.span(position)
    assert image.shape == (40, FRAMES) and len(moments.sound_at(0, 1.0)) == SAMPLES
    mask = data.evidence("test", position, "activate")
    assert mask is not None and mask.any(0).mean() == pytest.approx(end - start, abs=0.01)
    assert image[:, mask.any(0)].max() > image[:, : int(start * FRAMES) - 5].max(initial=0) - 1
    assert data.evidence("test", position, "other") is None
    assert data.original(position).shape == (160, 2 * FRAMES, 3)


def test_without_a_voice_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)  # as where it is not installed
    data = SpokenWords(word="activate", recipe=Recipe())
    with pytest.raises(ConfigMistakes, match=r'(?s)pip install "lightwell\[speech\]".*data=recordings'):
        data.load()


def test_voices_words_and_noises_that_are_tested_on_were_never_trained_on() -> None:
    pytest.importorskip("espeakng_loader", reason="an extra: pip install lightwell[speech]")
    spoken = {"train": 40, "val": 10, "test": 20}
    data = SpokenWords(word="activate", recipe=Recipe(seconds=4), spoken=spoken, train=4, val=4, test=4)
    data.load()
    voices = {
        split: {sound.source.partition("+")[2] for sound in [*clips.sources.wanted, *clips.sources.others]}
        for split, clips in data.splits.items()
    }
    assert not voices["train"] & voices["test"] and not voices["train"] & voices["val"]
    assert not voices["val"] & voices["test"] and len(voices["train"]) > 10
    others = data.others()
    never = {word for number, word in enumerate(others) if held_out(number)}
    assert len(never) > 10 and not never & {sound.name for sound in data.splits["train"].sources.others}
    assert not any(holds(word, "activate") for word in others) and "active" in others


@given(seed=st.integers(0, 1000), cut=st.integers(1, 5))
def test_spec_augment_depends_on_seed_epoch_and_index_alone(seed: int, cut: int) -> None:
    spectrograms = torch.rand(6, 1, 40, 100, generator=torch.Generator().manual_seed(0))
    augment, indices = SpecAugment(masks=2, bands=6, frames=10), torch.arange(6)
    whole = augment(spectrograms, indices, seed=seed, epoch=1)
    parts = [augment(spectrograms[part], indices[part], seed=seed, epoch=1) for part in (slice(cut), slice(cut, None))]
    assert torch.equal(whole, torch.cat(parts))
    changed = whole != spectrograms
    for example in changed[:, 0]:
        assert example.all(1).sum() <= 12 and example.all(0).sum() <= 20
    assert not torch.equal(whole, augment(spectrograms, indices, seed=seed, epoch=2))

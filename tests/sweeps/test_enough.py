"""The smallest picture and the fewest layers that are good enough."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from lightwell.config.compose import Composer
from lightwell.config.jobs import read
from lightwell.runs.record import RunRecord
from lightwell.sweeps import Depth, Resolution
from lightwell.sweeps.comparison import Comparison
from tests.conftest import ROOT
from tests.sweeps.jobs import write_job

TESTED = 2000
HARDNESS = np.random.default_rng(0).permutation(TESTED) / TESTED  # the same examples are hard at every size


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    folder = tmp_path / "2026-11-23-sweep"
    folder.mkdir()
    return folder


def resolutions(sweep: Path, accuracies: dict[int, float], seeds: int = 3) -> list[RunRecord]:
    chance = np.random.default_rng(1)
    return [
        write_job(
            sweep,
            right=HARDNESS + 0.002 * chance.standard_normal(TESTED) < accuracy,
            image_size=size,
            seed=seed,
            seconds=size,
        )
        for size, accuracy in accuracies.items()
        for seed in range(seeds)
    ]


def said(answer) -> list[str]:
    return [sentence.replace("\u00a0", " ") for sentence in answer.sentences]


def test_the_smallest_picture_within_the_tolerance_is_enough(sweep):
    first, second, third = said(Resolution().answer(resolutions(sweep, {8: 0.9, 16: 0.96, 32: 0.975, 64: 0.98})))
    assert first.startswith(
        "32 pixels are enough: 97.5 % of the test examples are right, against 98.0 % with 64 pixels"
    )
    assert re.match(r"16 pixels would lose (1\.[89]|2\.[01]) % \(1\.\d % to 2\.\d %\)\.$", second)

    assert third == "A run takes 32 seconds instead of 64 seconds."


def test_the_answer_is_there_as_a_number_too(sweep):
    assert Resolution().answer(resolutions(sweep, {8: 0.9, 16: 0.975, 32: 0.98})).numbers == {"enough": 16, "best": 32}


def test_the_order_of_the_jobs_does_not_matter(sweep):
    jobs = resolutions(sweep, {64: 0.98, 8: 0.9, 32: 0.975})
    assert said(Resolution().answer(jobs)) == said(Resolution().answer(jobs[::-1]))


def test_a_difference_that_the_test_set_cannot_settle_is_told_as_probable(sweep):
    half = np.arange(100)
    jobs = [write_job(sweep, right=half >= wrong, image_size=size) for size, wrong in ((16, 3), (32, 3 - 1))]
    assert said(Resolution(tolerance=0.01).answer(jobs))[0].startswith("16 pixels are probably enough")


def test_where_only_the_largest_will_do_larger_ones_may_do_better(sweep):
    sentences = said(Resolution().answer(resolutions(sweep, {8: 0.8, 16: 0.9})))
    assert sentences[0] == "16 pixels are needed, of what was tried: 90.0 % of the test examples are right."
    assert "It is the largest that was tried: more may be better still." in sentences


def test_the_interval_of_a_loss_covers_it_nine_times_in_ten():
    covered = 0
    for world in range(200):
        chance = np.random.default_rng(world)
        hardness = chance.random(500)
        best = (hardness + 0.05 * chance.standard_normal((3, 500)) < 0.95).astype(float)
        other = (hardness + 0.05 * chance.standard_normal((3, 500)) < 0.92).astype(float)
        runs = {16: [], 64: []}
        low, high = Comparison(runs, {16: other, 64: best}, 0.01, "pixel", "?").loss(16)[1:]
        covered += low <= 0.03 <= high
    assert 170 <= covered <= 196  # of 200; 180 are promised


def test_sizes_that_were_tested_on_different_examples_are_not_compared(sweep):
    jobs = [write_job(sweep, right=np.ones(tested, bool), image_size=tested) for tested in (16, 32)]
    assert said(Resolution().answer(jobs)) == [
        "No answer: the jobs differ in data.test as well. Sweep with one value of each."
    ]


def test_a_single_size_has_nothing_to_compare_with(sweep):
    assert Resolution().answer([]) is None
    assert said(Resolution().answer(resolutions(sweep, {8: 0.9})))[0].startswith("One size so far")


def test_depth_counts_hidden_layers(sweep):
    jobs = [
        write_job(sweep, right=accuracy > HARDNESS, widths=(8,) * layers)
        for layers, accuracy in ((1, 0.975), (2, 0.98), (3, 0.979))
    ]
    answer = Depth().answer(jobs)
    assert said(answer)[0].startswith("1 hidden layer is ")
    assert "with 2 hidden layers" in said(answer)[0]
    labels = [text.text for text in ElementTree.fromstring(answer.figures[0].svg).iter("text")]
    assert {"1", "2", "3", "enough", "hidden layers"} <= set(labels)


@pytest.mark.parametrize(
    ("words", "key", "values"),
    [
        (["sweep=resolution"], "data.image_size", [8, 16, 32, 64]),
        (["sweep=depth"], "model.widths", [[32], [32, 64], [32, 64, 128], [32, 64, 128, 128]]),
        (["sweep=depth", "model=mlp"], "model.widths", [[32], [32, 64], [32, 64, 128], [32, 64, 128, 128]]),
    ],
)
def test_the_values_of_a_sweep_can_all_be_trained(words, key, values):
    line = read(words, Composer(ROOT / "conf", config_name="train"), multirun=True)
    assert not line.mistakes
    group, name = key.split(".")
    tried = [config[group][name] for config in line.configs]
    assert all(value in tried for value in values)

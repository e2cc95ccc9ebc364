"""What a data budget sweep says, from jobs whose law is known."""

import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

from lightwell.config.compose import Composer
from lightwell.config.jobs import read
from lightwell.runs.record import RunRecord
from lightwell.sweeps import DataBudget
from tests.conftest import ROOT, SMALL, Command
from tests.sweeps.jobs import write_job

BUDGETS = (32, 64, 128, 256, 512, 1024, 2048)
TESTED = 2000


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    folder = tmp_path / "2026-11-23-sweep"
    folder.mkdir()
    return folder


def learning(sweep: Path, *, height: float, floor: float = 0.0, budgets: tuple[int, ...] = BUDGETS) -> list[RunRecord]:
    """Jobs whose errors follow height * n^-0.5 + floor, three seeds a budget."""
    chance = np.random.default_rng(0)
    return [
        write_job(sweep, right=chance.random(TESTED) > height * budget**-0.5 + floor, budget=budget, seed=seed)
        for budget in budgets
        for seed in range(3)
    ]


def said(jobs: list[RunRecord], **options: float) -> str:
    answer = DataBudget(**options).answer(jobs)
    assert answer is not None
    return " ".join(answer.sentences).replace("\u00a0", " ")


def test_a_goal_within_reach_is_told_as_images_to_add(sweep):
    text = said(learning(sweep, height=2), goal=0.97)  # 3 % are wrong at 4444
    about, low, high = re.search(
        r"^For 97 % accuracy you need about ([\d ]+) more images \(([\d ]+) to ([\d ]+)\) beyond the 2 048", text
    ).groups()
    low, about, high = (int(number.replace(" ", "")) for number in (low, about, high))
    assert low < about < high
    assert low < 4444 - 2048 < high
    assert about == pytest.approx(4444 - 2048, rel=0.4)


def test_a_goal_that_has_been_reached_is_told_as_enough(sweep):
    text = said(learning(sweep, height=1), goal=0.95)  # 5 % are wrong at 400
    assert re.match(r"95 % accuracy takes about [34]\d0 images \([\d ]+ to [\d ]+\): 2 048 are enough\.", text)


def test_a_goal_that_the_smallest_budget_reaches_is_told_as_such(sweep):
    assert said(learning(sweep, height=0.05), goal=0.9).startswith(
        "90 % accuracy takes no more than the 32 images of the smallest budget."
    )


@pytest.mark.parametrize(("height", "floor"), [(0.0, 0.1), (0.5, 0.06)])
def test_a_goal_below_the_floor_is_never_promised(sweep, height, floor):
    text = said(learning(sweep, height=height, floor=floor), goal=0.97)
    assert text.startswith("97 % accuracy takes more than 16 384 images, if more of them ever get there.")


def test_a_goal_that_the_runs_cannot_settle_is_told_with_both_ends(sweep):
    text = said(learning(sweep, height=1, floor=0.02, budgets=(32, 64, 128, 256)), goal=0.97)
    assert re.match(
        r"97 % accuracy probably takes more than 2 048 images, if ever, though perhaps no more than \d", text
    )


def test_a_figure_that_no_job_has_is_named(sweep):
    assert said(learning(sweep, height=2), metric="test/acuracy").startswith("No answer: no job has test/acuracy")


def test_what_another_run_would_measure_is_told_for_twice_and_eight_times_the_data(sweep):
    text = said(learning(sweep, height=2))
    assert re.search(r"A new run on 4 096 images would get [23]\.\d % of the test examples wrong \(", text)
    assert re.search(r"one on 16 384 images [12]\.\d % \(", text)


def test_what_is_said_is_there_as_numbers_too(sweep):
    numbers = DataBudget(goal=0.97).answer(learning(sweep, height=2)).numbers
    assert numbers["needed/low"] < numbers["needed"] < numbers["needed/high"]
    assert numbers["predicted_error/16384/low"] < 2 * 16384**-0.5 < numbers["predicted_error/16384/high"]


def test_budgets_that_have_not_begun_to_learn_are_named(sweep):
    chance = np.random.default_rng(1)
    guesses = [write_job(sweep, right=chance.random(TESTED) > 0.5, budget=n, seed=s) for n in (8, 16) for s in range(3)]
    assert "Budgets below 32 images do not follow it." in said([*guesses, *learning(sweep, height=1)])


def test_too_few_budgets_say_how_many_there_are(sweep):
    assert DataBudget().answer([]) is None
    jobs = learning(sweep, height=2, budgets=(32, 64))
    assert said(jobs) == "2 budgets so far: a curve takes 4 at least."
    assert said(jobs[:1]) == "1 budget so far: a curve takes 4 at least."


def test_failed_and_unfinished_jobs_are_left_out_and_the_failed_are_named(sweep):
    jobs = learning(sweep, height=2)
    alone = said(jobs)
    failed = write_job(sweep, right=np.zeros(TESTED, bool), budget=4096, status="failed")
    running = write_job(sweep, right=np.zeros(TESTED, bool), budget=4096, status="running")
    assert said([*jobs, failed, running]) == f"{alone} Job {failed.path.name} failed and is left out."


def test_jobs_that_differ_in_more_than_budget_and_seed_have_no_common_curve(sweep):
    jobs = [
        write_job(sweep, right=np.arange(100) > 20, budget=budget, choices={"model": model})
        for budget in BUDGETS
        for model in ("convnet", "logistic")
    ]
    assert said(jobs) == "No answer: the jobs differ in model as well. Sweep with one value of each."


def test_epochs_that_follow_the_budget_are_no_difference(sweep):
    right = np.arange(100) > 20
    jobs = [write_job(sweep, right=right, budget=n, seed=s, epochs=3 * n) for n in BUDGETS for s in (0, 1)]
    assert "No answer" not in said(jobs)


def test_the_drawing_is_one_svg_that_fetches_nothing(sweep):
    (figure,) = DataBudget().answer(learning(sweep, height=2)).figures
    root = ElementTree.fromstring(figure.svg)
    assert root.tag == "svg"
    assert {element.tag for element in root.iter()} <= {"svg", "path", "text", "circle", "title", "rect"}
    assert not re.search(r"href|url\(|script|\bon\w+=|https?:", figure.svg)
    assert len(root.findall("circle")) == len(BUDGETS) + 3 * len(BUDGETS)
    assert "goal: 97\u00a0% accuracy" in [text.text for text in root.iter("text")]


def test_what_a_job_is_called_cannot_become_part_of_the_drawing(sweep):
    jobs = learning(sweep, height=2)
    (figure,) = (
        DataBudget(metric="test/<script>alert(1)</script>")
        .answer([RunRecord(**{**vars(job), "metrics": {"test/<script>alert(1)</script>": 0.9}}) for job in jobs])
        .figures
    )
    assert "<script" not in figure.svg
    ElementTree.fromstring(figure.svg)


def test_every_budget_is_trained_equally_long_within_200_epochs():
    line = read(["sweep=data_budget"], Composer(ROOT / "conf", config_name="train"), multirun=True)
    assert not line.mistakes
    epochs = {config.data.budget: config.epochs for config in line.configs}
    assert {budget: epochs[budget] for budget in BUDGETS} == dict(
        zip(BUDGETS, [200] * 3 + [157, 79, 40, 20], strict=True)
    )


@pytest.mark.slow
def test_values_on_the_command_line_replace_those_of_the_sweep(train: Command, tmp_path: Path):
    small = [word for word in SMALL if not word.startswith("epochs=")]
    words = ["data.budget=8,16", "seed=4", "epochs=1", "callbacks=[checkpoint]", "logger=none"]
    train("-m", "experiment=day_night", "sweep=data_budget", *small, *words)
    jobs = sorted(tmp_path.glob("outputs/day_night/*/*/overrides.yaml"))
    assert len(jobs) == 2
    for job, budget in zip(jobs, (8, 16), strict=True):
        assert {f"data.budget={budget}", "seed=4", "epochs=1"} <= set(yaml.safe_load(job.read_text()))

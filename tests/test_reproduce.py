"""Running again: is it the same, do the claims hold?"""

import json
from pathlib import Path

import pytest

from lightwell.claims import Claim, Published, Verdict, experiments_folder, judge, published, table
from lightwell.config.command_line import preflight
from lightwell.runs.record import NoRun
from tests.conftest import ROOT, SMALL, Command

EXPERIMENTS = sorted(claims.parent.name for claims in experiments_folder().glob("*/claims.yaml"))


def test_a_run_is_repeated_from_its_folder_alone(train: Command, lightwell: Command, tmp_path: Path) -> None:
    run = (tmp_path / train(*SMALL, "callbacks=[checkpoint,saliency]", "hardware=cpu").run).rename(tmp_path / "moved")
    done = lightwell("reproduce", str(run))
    assert "identical: the weights and all" in done.stdout and "differs" not in done.stdout
    again = next(path.parent for path in (tmp_path / "outputs/day_night").glob("*/config.yaml"))
    assert json.loads((again / "provenance.json").read_text())["repeats"] == str(run)

    metrics = json.loads((run / "metrics.json").read_text())
    metrics["test/accuracy"] += 0.25
    (run / "metrics.json").write_text(json.dumps(metrics))
    provenance = (run / "provenance.json").read_text()
    (run / "provenance.json").write_text(provenance.replace('"torch": "', '"torch": "1.'))
    done = lightwell("reproduce", str(run), check=False)
    assert done.returncode == 1
    assert "differs: test/accuracy" in done.stdout and "(-0.25)" in done.stdout
    assert "changed: packages.torch: 1." in done.stdout


def test_only_a_finished_run_or_a_published_experiment_can_be_reproduced(lightwell: Command, tmp_path: Path) -> None:
    for word in ("nothing", "../conf", "digits/../digits"):
        done = lightwell("reproduce", word, check=False)
        assert done.returncode == 2 and "these are: data_budget, day_night" in done.stderr
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.yaml").write_text("epochs: 1")
    done = lightwell("reproduce", "run", check=False)
    assert done.returncode == 2 and "Only a finished run" in done.stderr


def test_a_claim_holds_if_the_mean_over_seeds_is_within_its_tolerance() -> None:
    claim = Claim("network", "test/accuracy", 0.9, 0.02)
    assert Verdict(claim, [0.88, 0.90]).holds and Verdict(claim, [0.92]).holds
    assert not Verdict(claim, [0.87, 0.88]).holds and not Verdict(claim, [float("nan")]).holds


def test_the_report_tells_claim_by_claim(tmp_path: Path) -> None:
    for seed, accuracy in enumerate((0.8, 0.9)):
        run = tmp_path / str(seed)
        (run / "explanations" / "saliency" / "epoch_000").mkdir(parents=True)
        (run / "metrics.json").write_text(json.dumps({"test/accuracy": accuracy}))
        manifest = {"method": "saliency", "final": True, "evidence": {"trained": {"pointing_game": accuracy - 0.5}}}
        (run / "explanations" / "saliency" / "epoch_000" / "manifest.json").write_text(json.dumps(manifest))
    claims = [
        Claim("network", "test/accuracy", 0.85, 0.01),
        Claim("network", "explanations/saliency/pointing_game", 0.5, 0.1),
    ]
    experiment = Published("mine", {"network": []}, [0, 1], 1, claims)
    runs = [("network", tmp_path / "0"), ("network", tmp_path / "1")]
    verdicts = judge(experiment, runs)
    text = table(experiment, verdicts, seconds=90, machine="2 cores")
    assert "| network | test/accuracy | 0.85 ± 0.01 | 0.85 (seeds: 0.8, 0.9) | holds |" in text
    assert "0.35 (seeds: 0.3, 0.4) | **does not hold** |" in text and "1 of 2 claims hold" in text and "1.5 min" in text
    with pytest.raises(NoRun, match="has no figure test/f1"):
        judge(Published("mine", {}, [0], 1, [Claim("network", "test/f1", 1, 0)]), runs)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_published_experiment_is_complete(name: str) -> None:
    """Its runs compose, its claims name them, and its page tells what came out."""
    experiment = published(name)
    assert experiment.claims and experiment.seeds and experiment.minutes > 0
    assert {claim.run for claim in experiment.claims} == set(experiment.runs)
    for words in experiment.runs.values():
        assert preflight(words, config_dir=ROOT / "conf").arguments
    page = (experiments_folder() / name / "README.md").read_text()
    assert f"lightwell reproduce {name}" in page and "claims hold: 20" in page
    for claim in experiment.claims:
        assert f"| {claim.run} | {claim.metric} | {claim.value:g} ± {claim.tolerance:g} |" in page, claim


QUICK = [name for name in EXPERIMENTS if published(name).minutes <= 1]


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_the_claims_of_a_quick_experiment_hold(lightwell: Command, name: str) -> None:
    assert "does not hold" not in lightwell("reproduce", name).stdout

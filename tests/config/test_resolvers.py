import re

import pytest
from omegaconf import OmegaConf

from lightwell.config.compose import compose
from lightwell.config.resolvers import best_is, register_resolvers


@pytest.mark.parametrize(
    ("metric", "best"),
    [
        ("val/loss", "min"),
        ("train/loss", "min"),
        ("val/calibration_error", "min"),
        ("val/accuracy", "max"),
        ("f1", "max"),
    ],
)
def test_the_best_of_a_loss_or_an_error_is_its_smallest(metric, best):
    assert best_is(metric) == best
    register_resolvers()
    assert OmegaConf.create({"mode": f"${{best_is:{metric}}}"}).mode == best


def test_a_run_id_stays_the_same_within_a_config_and_differs_between_two():
    register_resolvers()
    config = OmegaConf.create({"a": "${run_id:}", "b": "${run_id:}"})
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d-[0-9a-f]{6}", config.a)
    assert config.a == config.b == config.a
    assert OmegaConf.create({"a": "${run_id:}"}).a != config.a


def test_composing_leaves_hydras_own_part_out():
    assert "hydra" not in compose(["seed=3"])
    assert compose(["seed=3"]).seed == 3

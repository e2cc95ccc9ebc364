"""Train what a config composes: `python train.py experiment=digits model=mlp optimizer.lr=0.01`.

What can be composed stands in `conf`, which `python train.py --help` lists.
"""

import hydra
from omegaconf import DictConfig

from lightwell.config.command_line import launch


@hydra.main(version_base="1.3", config_path="conf", config_name="train")
def main(config: DictConfig) -> float | None:
    """Run one composed config; returns the monitored figure, which a sweeper may optimise."""
    from lightwell.run import run  # imports torch, which no mistake in a config has to wait for

    return run(config)


if __name__ == "__main__":
    launch(main)

"""Where a run's config came from."""

from dataclasses import dataclass
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import OmegaConf


@dataclass(frozen=True)
class Origin:
    """What a config was composed of.

    Attributes:
        choices: The option of each group.
        overrides: The words of the command line, in a sweep those of the job.
        about: What else is to be recorded, such as the run that this one repeats.
    """

    choices: dict[str, Any]
    overrides: list[str]
    about: dict[str, Any]

    @classmethod
    def of_hydra(cls) -> "Origin":
        """That of the config which Hydra is running."""
        hydra = HydraConfig.get()
        choices: dict[str, Any] = {
            name: OmegaConf.to_container(choice) if OmegaConf.is_config(choice) else choice
            for name, choice in hydra.runtime.choices.items()
            if not name.startswith("hydra/")
        }
        return cls(choices, list(hydra.overrides.task), {})

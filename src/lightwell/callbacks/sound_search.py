"""Dataset search over sound: the moments that excite a unit most, to look at and to listen to."""

import functools
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytorch_lightning as lightning
from torch import Tensor, nn

from lightwell.callbacks.dataset_search import METHOD, telling
from lightwell.callbacks.lookup import tensorboard_writers
from lightwell.data.mixtures import Mixtures
from lightwell.explain.strongest import Strongest, merge, nothing
from lightwell.models.strided_front import StridedFront
from lightwell.models.trigger_tcn import DilatedBlock
from lightwell.processes import gathered
from lightwell.render.search_sheet import Find, search_sheet
from lightwell.runs.files import write_json
from lightwell.sound import RATE

SECONDS = 1.5  # of sound before a moment
PAUSE = 0.3  # between two moments in a unit's sound file
FRAMES = round(SECONDS * 100)
TILE = 200  # pixels


class Exciting(NamedTuple):
    """A moment that excites a unit: in which clip, at which second, and how strongly."""

    clip: int
    time: float
    value: float


class SoundSearch(lightning.Callback):
    """Finds the moments of the test clips that excite each unit most, while these are tested.

    For each layer it writes a sheet of spectrograms, and for each unit on it a WAV file of the same moments, one after
    the other.

    Args:
        top: How many moments a unit, each in another clip.
        units: How many units a layer's sheet shows at most.
    """

    outputs = ("events",)

    def __init__(self, *, top: int = 5, units: int = 6):
        self.top = top
        self.units = units
        self.seen: dict[str, Tensor] = {}
        self.found: dict[str, Strongest] = {}
        self.hooks: list[Any] = []

    def on_test_start(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Begin to watch the layers that give features for each step."""
        self.found = {}
        for name, layer in step_layers(pl_module.model).items():
            self.hooks.append(layer.register_forward_hook(functools.partial(self._watch, name)))

    def on_test_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: Any,
        outputs: Any,
        batch: Any,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        """Count in a batch."""
        for name, features in self.seen.items():
            values, steps = (part.T.cpu() for part in features.max(dim=1))  # (channels, batch)
            indices = batch.indices.cpu().expand(len(values), -1)
            known = self.found.get(name, nothing(values, self.top).with_room_for_places(1))
            self.found[name] = merge({name: known}, {name: Strongest(values, indices, steps[:, :, None])})[name]
        self.seen = {}

    def on_test_epoch_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Watch no longer."""
        self.forget()

    def on_test_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Bring the processes' finds together and write them."""
        shares = gathered(trainer, self.found)
        if not trainer.is_global_zero or not self.found:
            return
        found: dict[str, Strongest] = functools.reduce(merge, shares)
        folder = Path(trainer.default_root_dir) / "explanations" / METHOD / f"epoch_{pl_module.trained_epoch:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        data: Mixtures = trainer.datamodule  # type: ignore[attr-defined]
        entries = [self.write(folder, data, pl_module, layer, strongest) for layer, strongest in found.items()]
        for entry in entries:
            for writer in tensorboard_writers(trainer):
                tag = f"explanations/{METHOD}/{entry['name']}"
                writer.add_image(tag, entry["picture"], pl_module.trained_epoch, dataformats="HWC")
            del entry["picture"]
        about = {"method": METHOD, "epoch": pl_module.trained_epoch, "final": True, "split": "test"}
        weights = "best" if trainer.ckpt_path else "last"
        write_json(
            folder / "manifest.json", {**about, "weights": weights, "examples": [], "evidence": None, "layers": entries}
        )

    def on_exception(self, trainer: lightning.Trainer, pl_module: Any, exception: BaseException) -> None:
        """Leave no hook behind when the test is interrupted."""
        self.forget()

    def forget(self) -> None:
        """Watch no longer."""
        for hook in self.hooks:
            hook.remove()
        self.hooks, self.seen = [], {}

    def write(self, folder: Path, data: Mixtures, task: Any, layer: str, strongest: Strongest) -> dict[str, Any]:
        """A layer's sheet and its units' sounds; returns what the manifest tells of them."""
        found = {unit: exciting(strongest, unit, task) for unit in telling(strongest, self.units)}
        units = []
        for unit, moments in found.items():
            write_sound(folder / f"{layer}_{unit}.wav", moments, data)
            said = Counter(word for moment in moments for word in said_before(data, moment))
            units.append(
                {"unit": unit, "sound": f"{layer}_{unit}.wav", "words": [word for word, _ in said.most_common(3)]}
            )
        caption = (
            f"Each row is one unit: the {self.top} test clips that excite it most, strongest first, each up to the "
            f"moment at which it does. " + "; ".join(_sentence(unit) for unit in units)
        )
        size = (data.bands, FRAMES)
        rows = {unit: [_find(data, moment) for moment in moments] for unit, moments in found.items()}
        sheet = search_sheet(f"Layer {layer}", caption, rows, size, tile=TILE)
        sheet.save(folder / f"{layer}.png")
        return {
            "name": layer,
            "channels": len(strongest.values),
            "receptive_field": list(size),
            "sheet": f"{layer}.png",
            "caption": caption,
            "shown": list(found),
            "units": units,
            "picture": np.asarray(sheet),
        }

    def _watch(self, name: str, module: nn.Module, inputs: Any, outputs: Any) -> None:
        features = outputs[0].detach().float()
        self.seen[name] = features.transpose(0, 1) if isinstance(module, nn.RNNBase) else features


def step_layers(model: nn.Module) -> dict[str, nn.Module]:
    """The layers of a trigger-word network that give features `(batch, steps, channels)`, first of a pair."""
    kinds = (StridedFront, nn.RNNBase, DilatedBlock)
    return {name: module for name, module in model.named_modules() if isinstance(module, kinds)}


def exciting(strongest: Strongest, unit: int, task: Any) -> list[Exciting]:
    """What excites a unit most, strongest first."""
    columns = (strongest.indices[unit], task.times(strongest.places[unit, :, 0].numpy()), strongest.values[unit])
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [Exciting(*row) for row in rows if row[0] >= 0]


def write_sound(file: Path, moments: list[Exciting], data: Mixtures) -> None:
    """The seconds before each moment, one after the other, as a WAV file."""
    import soundfile

    pause = np.zeros(round(PAUSE * RATE), dtype=np.float32)
    sounds = [data.moments.sound_at(moment.clip, moment.time)[-round(SECONDS * RATE) :] for moment in moments]
    soundfile.write(file, np.concatenate([part for sound in sounds for part in (sound, pause)]), RATE, subtype="PCM_16")


def said_before(data: Mixtures, moment: Exciting) -> list[str]:
    """The words of a clip of which anything was said just before a moment."""
    words = data.splits["test"].words(moment.clip)
    return [word.name for word in words if word.start < moment.time and word.end > moment.time - SECONDS / 2]


def _sentence(unit: dict[str, Any]) -> str:
    return f"map {unit['unit']}: {', '.join(unit['words']) or 'no word'}"


def _find(data: Mixtures, moment: Exciting) -> Find:
    spectrogram = data.moments.image_at(moment.clip, moment.time)[:, :, -FRAMES:]
    return Find(spectrogram, (0, 0, *spectrogram.shape[1:]), moment.value)

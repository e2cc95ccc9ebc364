"""What was heard in the test clips: `detection.json`, a probability for each word, and sounds to listen to."""

from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as lightning
from PIL import Image

from lightwell.callbacks.lookup import tensorboard_writers
from lightwell.callbacks.predictions import PredictionTable
from lightwell.data.mixtures import Mixtures
from lightwell.data.moments import SECONDS, Moments
from lightwell.render.sound_card import sound_card
from lightwell.runs.explanations import save_png
from lightwell.runs.files import write_json
from lightwell.runs.predictions import Predictions
from lightwell.sound import RATE
from lightwell.sound.detection import Listened
from lightwell.sound.detection_story import detection_story
from lightwell.sound.events import Detector, smoothed
from lightwell.sound.judged import peaks, some_events
from lightwell.tasks.trigger_detector import TriggerDetector

OF_EACH_KIND = 4  # sounds that are kept


class Detections(PredictionTable):
    """Keeps what was said of every word of the test clips, the trade-off there is, and some sounds to listen to."""

    def on_test_batch_end(self, *arguments: Any, **options: Any) -> None:
        """Nothing: the task itself keeps what it says."""

    def on_test_epoch_end(self, trainer: lightning.Trainer, pl_module: Any) -> None:
        """Ask of each word whether it was taken for the wanted one, and at which moment that was likeliest."""
        heard, detector = pl_module.heard_in_test(), pl_module.detector
        assert detector is not None
        moments: Moments = trainer.datamodule.moments  # type: ignore[attr-defined]
        tested = set(heard.numbers.tolist())
        self.positions = np.flatnonzero([moment.clip in tested for moment in moments.spoken])
        probability, time = peaks(heard, detector)
        moments.times[self.positions] = time
        beside_threshold = probability * (1 - detector.threshold)  # a half, where the threshold is reached
        beside_threshold /= beside_threshold + (1 - probability) * detector.threshold
        self.predictions = Predictions(
            names=np.array([moments.names[position] for position in self.positions]),
            labels=moments.labels[self.positions],
            probabilities=np.stack([1 - beside_threshold, beside_threshold], axis=1).astype(np.float32),
            classes=pl_module.classes,
        )
        if trainer.is_global_zero:
            self.predictions.save(Path(trainer.default_root_dir) / "predictions.npz")

    def on_test_end(self, trainer: lightning.Trainer, pl_module: TriggerDetector) -> None:  # type: ignore[override]
        """Write what was heard; the first process does."""
        if not trainer.is_global_zero:
            return
        folder, heard, detector = Path(trainer.default_root_dir), pl_module.heard_in_test(), pl_module.detector
        assert detector is not None
        data: Mixtures = trainer.datamodule  # type: ignore[attr-defined]
        story = detection_story(heard, detector, data.word)
        story["examples"] = self.keep_sounds(folder, data, heard, detector)
        write_json(folder / "detection.json", story)
        for writer in tensorboard_writers(trainer):
            for example in story["examples"]:
                tag = f"{example['kind']}/{Path(example['sound']).stem}"
                sound, picture = data.moments.sound_at(example["clip"], example["time"]), folder / example["picture"]
                writer.add_audio(tag, sound[None], sample_rate=RATE)
                writer.add_image(tag, np.asarray(Image.open(picture).convert("RGB")), dataformats="HWC")

    def keep_sounds(self, folder: Path, data: Mixtures, heard: Listened, detector: Detector) -> list[dict[str, Any]]:
        """Some false alarms, misses and hits as WAV files, each beside its picture; what the report tells of them."""
        import soundfile

        (folder / "sounds").mkdir(exist_ok=True)
        kept = []
        for number, event in enumerate(some_events(heard, detector, of_each_kind=OF_EACH_KIND)):
            sound, row = data.moments.sound_at(event.clip, event.time), heard.row_of(event.clip)
            inside = (heard.times > event.time - SECONDS) & (heard.times <= event.time)
            spans = [(word.name, *data.moments.span_at(word, event.time), word.wanted) for word in heard.words[row]]
            card = sound_card(
                data.moments.image_at(event.clip, event.time)[0],
                smoothed(heard.probabilities[row], detector.smoothing)[inside],
                [span for span in spans if span[1] < span[2]],
                threshold=detector.threshold,
                times=heard.times[inside] - event.time,
                seconds=SECONDS,
            )
            stem = f"sounds/{number:03d}"
            soundfile.write(folder / f"{stem}.wav", sound, RATE, subtype="PCM_16")
            save_png(card, folder / f"{stem}.png")
            kept.append({**event._asdict(), "sound": f"{stem}.wav", "picture": f"{stem}.png"})
        return kept

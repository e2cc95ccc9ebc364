"""A detector: at every moment of a stream of sound, has the word just been spoken?"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from lightwell.data.clips import SoundBatch
from lightwell.data.mixtures import Mixtures, step_times
from lightwell.processes import gathered
from lightwell.sound.detection import Listened, Tolerance
from lightwell.sound.events import Detector, Score
from lightwell.tasks.task import Task


class TriggerDetector(Task):
    """Gives the probability, at every step, that the word has just been spoken; what is scored are events.

    Its scores are those of the moment at which the sound ends, so that an explanation says what made it react then.

    Args:
        early: How long before the end of the word it may be heard, in seconds.
        late: How long after it.
        task_options: The arguments of `Task`.
    """

    inputs = "sound"
    outputs = ("events",)

    def __init__(self, *, early: float = 0.25, late: float = 0.75, **task_options: Any):
        super().__init__(**task_options)
        self.tolerance = Tolerance(early, late)
        self.detector: Detector | None = None
        self.seen: list[tuple[np.ndarray, np.ndarray]] = []
        self.tested: Listened | None = None

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Logits `(batch, steps)` of spectrograms `(batch, 1, bands, frames)` in [0, 1]."""
        return super().forward(spectrograms).squeeze(-1)

    def listen(self, spectrograms: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Logits `(batch, steps)` of what comes next in a stream, and the state to go on with."""
        scores, state = self._network.listen((spectrograms - self.mean) / self.std, state)
        return scores.squeeze(-1), state

    def times(self, steps: np.ndarray) -> np.ndarray:
        """When the steps with these numbers are known, in seconds."""
        return step_times(steps, self._network.stride)

    def scores(self, spectrograms: Tensor) -> Tensor:
        """For not having, and for having, just heard the word when the sound ends: `(batch, 2)` of -z and z."""
        last = self(spectrograms)[:, -1:]
        return torch.cat([-last, last], dim=1)

    def probabilities(self, scores: Tensor) -> Tensor:
        """The scores as probabilities `(batch, 2)`, a half where the detector's threshold is."""
        return (scores - scores.new_tensor([-self.reference, self.reference])).sigmoid()

    @property
    def reference(self) -> float:
        """The logit at which the detector reacts."""
        threshold = self.detector.threshold if self.detector else 0.5
        return float(np.log(threshold) - np.log1p(-threshold))

    def decisions(self, probabilities: Tensor) -> Tensor:
        """Whether it is heard, `(batch,)`."""
        return probabilities.argmax(1)

    def names_of(self, label: np.ndarray) -> list[str]:
        """The word, or that it is another."""
        return [self.classes[int(label)]]

    def training_step(self, batch: SoundBatch, batch_idx: int) -> Tensor:
        """The loss of every step of a batch of clips."""
        loss = self.loss_of(self(batch.sounds), batch.labels)
        self.log("train/loss", loss, on_step=False, on_epoch=True, batch_size=len(batch.labels), sync_dist=True)
        return loss

    def loss_of(self, logits: Tensor, labels: Tensor) -> Tensor:
        """The loss over all steps, logits and labels `(batch, steps)`."""
        return self.loss(logits.reshape(-1, 1), labels.flatten().long())

    def validation_step(self, batch: SoundBatch, batch_idx: int) -> None:
        """Listen to a batch of the validation clips."""
        self._listen_to(batch, "val")

    def on_validation_epoch_end(self) -> None:
        """Score the events of the validation clips, at the threshold that suits them best."""
        heard = self._listened("val")
        trade_off = heard.trade_off(Detector(0.5, smoothing=1, refractory=0.5))
        best = max(trade_off.scores, key=lambda score: score.f1)
        self.log_dict({f"val/{name}": value for name, value in figures(best).items()}, sync_dist=False)
        self.observed({**self.trainer.callback_metrics, "val/f1": torch.tensor(best.f1)}.get(self.monitor))

    def on_test_start(self) -> None:
        """Settle threshold, smoothing and refractory time on the validation clips."""
        data = self._data
        with torch.no_grad():
            for batch in data.batches("val"):
                indices, spectrograms = batch.indices.numpy(), data.spectrograms(batch.sounds.to(self.device))
                self.seen.append((indices, self(spectrograms).sigmoid().float().cpu().numpy()))
        self.detector = self._listened("val").settled()

    def test_step(self, batch: SoundBatch, batch_idx: int) -> None:
        """Listen to a batch of the test clips."""
        self._listen_to(batch, "test")

    def on_test_epoch_end(self) -> None:
        """Score the events of the test clips."""
        heard, detector = self.heard_in_test(), self.detector
        assert detector is not None
        trade_off = heard.trade_off(detector)
        score = heard.score(detector)
        measured = figures(score)
        if score.hits:
            measured["latency_ms"] = 1000 * float(np.median(score.latencies))
        for rate in (0.5, 5):
            reached = trade_off.at(rate)
            measured[f"false_rejects_at_{rate}"] = 1 - reached.recall if reached else 1.0
        steps = self._labels("test")
        measured["frame_accuracy"] = float(((heard.probabilities > detector.threshold) == steps).mean())
        measured["never_accuracy"] = float((~steps).mean())
        self.log_dict({f"test/{name}": value for name, value in measured.items()}, sync_dist=False)

    def heard_in_test(self) -> Listened:
        """What was said of the test clips by all processes."""
        if self.seen:
            self.tested = self._listened("test")
        assert self.tested is not None
        return self.tested

    def weights_changed(self) -> None:
        """Nothing was worked out with the weights before."""

    @property
    def _network(self) -> Any:
        return self.model

    @property
    def _data(self) -> Mixtures:
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def _listen_to(self, batch: SoundBatch, split: str) -> None:
        logits = self(batch.sounds)
        self.seen.append((batch.indices.cpu().numpy(), logits.sigmoid().float().cpu().numpy()))
        loss = self.loss_of(logits, batch.labels)
        self.log(f"{split}/loss", loss, on_epoch=True, batch_size=len(batch.labels), sync_dist=True)

    def _labels(self, split: str) -> np.ndarray:
        """`(clips, steps)` bool: where the word has just been spoken."""
        clips = self._data.splits[split]
        return np.stack([clips.labels(number) for number in range(len(clips))]) > 0

    def _listened(self, split: str) -> Listened:
        """The probabilities that all processes gave, each clip once, in order; those of this process are forgotten."""
        parts = [part for share in gathered(self.trainer, self.seen) for part in share]
        self.seen = []
        numbers, first = np.unique(np.concatenate([part[0] for part in parts]), return_index=True)
        clips = self._data.splits[split]
        return Listened(
            numbers,
            np.concatenate([part[1] for part in parts])[first],
            [clips.words(int(number)) for number in numbers],
            clips.times,
            clips.recipe.seconds,
            self.tolerance,
        )


def figures(score: Score) -> dict[str, float]:
    """A score's figures, by name."""
    return {
        "f1": score.f1,
        "precision": score.precision,
        "recall": score.recall,
        "false_alarms_an_hour": score.false_alarms_an_hour,
    }

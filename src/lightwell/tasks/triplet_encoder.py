"""An encoder: pictures of the same person lie close, those of others at least a margin farther away."""

import logging
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from lightwell.data.batches import PictureBatch, Split
from lightwell.data.people import People
from lightwell.identity.judgement import Judgement, judge
from lightwell.identity.recognition import Elbow, recognition_figures
from lightwell.identity.verification import Pairs, all_pairs, folds_of_people, ten_fold_accuracy, verification_figures
from lightwell.losses.distances import DISTANCES, Distance
from lightwell.processes import gathered
from lightwell.tasks.task import Task

log = logging.getLogger(__name__)
BATCH = 256
COLLAPSED = 0.02  # a spread of the embeddings below this share of their length is none


class TripletEncoder(Task):
    """Encodes pictures so that distances say who is who.

    Its scores are minus the distance to each known person: to the nearest of the pictures that the person is known by,
    which are the gallery's in the test, and those enrolled afterwards.

    Args:
        embedding_size: How many numbers an embedding has.
        unit_length: Whether embeddings are scaled to length 1.
        task_options: The arguments of `Task`.
    """

    outputs = ("embedding",)

    def __init__(self, *, embedding_size: int, unit_length: bool = True, distance: Distance, **task_options: Any):
        super().__init__(**task_options)
        self.embedding_size = embedding_size
        self.unit_length = unit_length
        self.distance: Distance = distance
        self.references = torch.empty(0, embedding_size)  # embeddings of known people, and whom each shows
        self.reference_classes = torch.empty(0, dtype=torch.int64)
        self.judgement: Judgement | None = None
        self.elbow: Elbow | None = None
        self.seen: list[tuple[np.ndarray, np.ndarray]] = []
        self.tested: tuple[np.ndarray, np.ndarray] = (np.empty(0), np.empty(0))

    def forward(self, images: Tensor) -> Tensor:
        """Embeddings `(batch, embedding_size)` of pictures `(batch, channels, height, width)` in [0, 1]."""
        embeddings = super().forward(images)
        return F.normalize(embeddings) if self.unit_length else embeddings

    def know(self, embeddings: Tensor, people: Tensor, names: tuple[str, ...]) -> None:
        """Know people by some pictures each: embeddings `(pictures, embedding_size)`, people `(pictures,)`."""
        with torch.inference_mode(False):  # gradients of scores pass by them, also within a test
            self.references, self.reference_classes = embeddings.clone(), people.clone()
        self.classes = names

    def scores(self, images: Tensor) -> Tensor:
        """Minus the distance to each known person, `(batch, people)`."""
        return self.scores_of(self(images))

    def scores_of(self, embeddings: Tensor) -> Tensor:
        """Minus the distance of embeddings `(batch, embedding_size)` to each known person, `(batch, people)`."""
        distances = DISTANCES[self.distance](embeddings, self.references.to(embeddings.device))
        people = [
            distances[:, (self.reference_classes == person).to(distances.device)].amin(1)
            for person in range(len(self.classes))
        ]
        return -torch.stack(people, dim=1)

    def probabilities(self, scores: Tensor) -> Tensor:
        """How probable each known person is, if it is one of them: the odds of each follow from its distance."""
        slope = -self.judgement.slope if self.judgement else 1.0
        return (slope * scores).softmax(1)

    def decisions(self, probabilities: Tensor) -> Tensor:
        """Who is nearest, `(batch,)`."""
        return probabilities.argmax(1)

    def names_of(self, label: np.ndarray) -> list[str]:
        """The name of a person."""
        return [self.classes[int(label)]]

    def training_step(self, batch: PictureBatch, batch_idx: int) -> Tensor:
        """The loss of the triplets that are found in the batch of all processes together."""
        embeddings, labels = self(batch.images), batch.labels
        if self.trainer.world_size > 1:
            embeddings, labels = (self._of_all_processes(part) for part in (embeddings, labels))
        mined = self.loss(embeddings, labels, step=self.global_step)
        options: dict[str, Any] = {"on_step": False, "on_epoch": True, "batch_size": len(batch.labels)}
        self.log("train/loss", mined.loss, sync_dist=True, **options)
        self.log("train/teaching", mined.teaching, sync_dist=True, **options)
        return mined.loss

    def validation_step(self, batch: PictureBatch, batch_idx: int) -> None:
        """Embed a batch of the validation people."""
        self.seen.append((batch.indices.cpu().numpy(), self(batch.images).float().cpu().numpy()))

    def on_validation_epoch_end(self) -> None:
        """Measure all pairs of the validation pictures."""
        positions, embeddings = self._gathered()
        people = self._people.splits["val"].table.labels[positions]
        figures = verification_figures(all_pairs(embeddings, people, self.distance).curve())
        self.log_dict({f"val/{name}": value for name, value in figures.items()})
        if not self.trainer.sanity_checking:
            self.tell_collapse(embeddings)
        # Lightning knows what was just logged only later.
        self.observed(figures.get(self.monitor.removeprefix("val/"), self.trainer.callback_metrics.get(self.monitor)))

    def on_test_start(self) -> None:
        """Settle the threshold and the number of neighbours on the validation people, and know those of the test."""
        data = self._people
        embeddings = self.embed(data.splits["val"])
        in_gallery = np.isin(data.splits["val"].positions, data.galleries["val"].positions)
        self.judgement, self.elbow = judge(embeddings, data.splits["val"].labels, in_gallery, self.distance)
        self.weights_changed()

    def weights_changed(self) -> None:
        """Know the people of the test by what the network now says of their gallery."""
        known = self._people.galleries["test"]
        self.know(torch.from_numpy(self.embed(known)), torch.from_numpy(known.labels), self._people.classes)

    def test_step(self, batch: PictureBatch, batch_idx: int) -> Tensor:
        """Embed a batch of the probes; returns how probable each known person is."""
        embeddings = self(batch.images)
        self.seen.append((batch.indices.cpu().numpy(), embeddings.float().cpu().numpy()))
        return self.probabilities(self.scores_of(embeddings))

    def on_test_epoch_end(self) -> None:
        """Measure verification and recognition of people who were never trained on."""
        assert self.judgement is not None
        data, judgement = self._people, self.judgement
        probes, asked = self._gathered()
        gallery = data.galleries["test"]
        known = self.references.float().cpu().numpy()
        labels = gallery.table.labels
        self.tested = np.concatenate([gallery.positions, probes]), np.concatenate([known, asked])
        pairs = all_pairs(self.tested[1], labels[self.tested[0]], self.distance)
        figures = verification_figures(pairs.curve())
        accepted = pairs.distances <= judgement.threshold
        figures["verification_accuracy"] = float((accepted[pairs.same].mean() + (~accepted[~pairs.same]).mean()) / 2)
        chosen, folds = self._folds(pairs)
        if folds.max() > 0:
            figures["ten_fold_accuracy"] = ten_fold_accuracy(chosen, folds)[0]
        figures |= recognition_figures(
            (known, gallery.labels), (asked, labels[probes]), self.distance, k=judgement.k, unknown=judgement.unknown
        )
        self.log_dict({f"test/{name}": value for name, value in figures.items()})

    def _folds(self, pairs: Pairs) -> tuple[Pairs, np.ndarray]:
        """The pairs that the data list, or all pairs, and the fold of each."""
        listed = self._people.pairs
        if listed is None:
            return pairs, folds_of_people(pairs)
        place = np.argsort(self.tested[0])  # every test picture was tested, and positions count from 0
        first, second = place[listed.first], place[listed.second]
        rows = torch.from_numpy(self.tested[1])
        distances = DISTANCES[self.distance](rows, rows).numpy()[first, second].astype(np.float64)
        return Pairs(distances, first, second, pairs.people), listed.folds

    def embed(self, split: Split) -> np.ndarray:
        """Embeddings of a whole split, `(examples, embedding_size)`."""
        parts = []
        with torch.no_grad():
            for members in np.array_split(np.arange(len(split)), max(1, len(split) // BATCH)):
                images = split.batch(members).images.to(self.device, torch.float32) / 255
                parts.append(self(images).float().cpu().numpy())
        return np.concatenate(parts)

    @property
    def _people(self) -> People:
        return self.trainer.datamodule  # type: ignore[attr-defined]

    def _of_all_processes(self, share: Tensor) -> Tensor:
        """All shares of a batch, through which gradients find their way back."""
        shares = self.all_gather(share, sync_grads=share.is_floating_point())
        assert isinstance(shares, Tensor)
        return shares.flatten(0, 1)

    def _gathered(self) -> tuple[np.ndarray, np.ndarray]:
        """The positions and embeddings that all processes have seen, each picture once, in order."""
        parts = [part for share in gathered(self.trainer, self.seen) for part in share]
        self.seen = []
        positions, first = np.unique(np.concatenate([part[0] for part in parts]), return_index=True)
        return positions, np.concatenate([part[1] for part in parts])[first]

    def tell_collapse(self, embeddings: np.ndarray) -> None:
        """Say so when all pictures have become the same to the network."""
        spread = np.linalg.norm(embeddings - embeddings.mean(0), axis=1).mean()
        length = np.linalg.norm(embeddings, axis=1).mean()
        if spread < COLLAPSED * length:
            log.warning(
                "The embeddings have collapsed: all pictures are the same to the network, and the loss stays at %.3f. "
                "Take a smaller optimizer.lr, loss.mining=semi_hard or all instead of hard, or more people a batch.",
                self.loss.collapsed,
            )

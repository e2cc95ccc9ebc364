"""Pictures of people: nobody stands in two splits, and a training batch has several pictures of each of its people."""

from typing import Any

import numpy as np

from lightwell.chance import generator
from lightwell.config.mistakes import ConfigMistakes, Mistake
from lightwell.data.batches import Batches, Split
from lightwell.data.face_pairs import FacePairs
from lightwell.data.pictures import Pictures


class People(Pictures):
    """Pictures of people, whose labels number the people of their split.

    Validation and test know their people by the first pictures of each, the *gallery*; the others are the *probes* that
    ask who it is. `splits["test"]` holds the probes, and `galleries["test"]` the gallery; `splits["val"]` holds both,
    since every pair of pictures is asked whether it shows the same person.

    Args:
        pictures_per_person: How many pictures of a person a training batch has; `batch_size` is a multiple of it.
        gallery: By how many pictures a person is known in validation and test.
        picture_options: The arguments of `Pictures`; a `budget` counts people.
    """

    label_outputs = ("embedding",)
    pairs: FacePairs | None = None  # those to verify, by the places of the test pictures

    def __init__(self, *, pictures_per_person: int = 4, gallery: int = 3, **picture_options: Any):
        super().__init__(**picture_options)
        self.pictures_per_person = pictures_per_person
        self.gallery = gallery
        self.galleries: dict[str, Split] = {}
        if (
            pictures_per_person < 2
            or self.batch_size < 2 * pictures_per_person
            or self.batch_size % pictures_per_person
        ):
            problem = f"A batch has {pictures_per_person} pictures of each person."
            advice = "Take a multiple of data.pictures_per_person, which is 2 at least, and two people or more."
            raise ConfigMistakes([Mistake("data.batch_size", self.batch_size, problem, advice)])

    def load(self) -> None:
        """Make the splits, and divide those of validation and test into gallery and probes.

        Raises:
            ConfigMistakes: When there are too few people or pictures to train or test on.
        """
        if self.splits:
            return
        super().load()
        for name, split in self.splits.items():
            several = int((np.bincount(split.labels) > 1).sum())
            if several < 2:
                self.splits = {}
                problem = f"The split {name} has {several} people with more than one picture; two are the least."
                raise ConfigMistakes([Mistake("data", None, problem, "Give more people, or more pictures of each.")])
        self.galleries = {name: self._known(self.splits[name]) for name in ("val", "test")}
        test, known = self.splits["test"], self.galleries["test"]
        self.splits["test"] = Split(test.table, np.setdiff1d(test.positions, known.positions))

    def _known(self, split: Split) -> Split:
        """The first pictures of each person, of whom one is left as a probe at least; the only one of some."""
        labels, chosen = split.labels, []
        for person in np.unique(labels):
            pictures = split.positions[labels == person]
            chosen.append(pictures[: max(1, min(self.gallery, len(pictures) - 1))])
        return Split(split.table, np.concatenate(chosen))

    def within_budget(self, train: Split) -> Split:
        """The first people of a fixed order, so that a smaller budget is part of every larger one."""
        people = generator("budget").permutation(np.unique(train.labels))[: self.budget]
        return Split(train.table, train.positions[np.isin(train.labels, people)])

    def train_dataloader(self) -> Batches:
        """Training batches of so many people with so many pictures each."""
        trainer = self.trainer
        return PeopleBatches(
            self.splits["train"],
            pictures_per_person=self.pictures_per_person,
            batch_size=self.batch_size,
            seed=self.seed,
            rank=trainer.global_rank if trainer else 0,
            world_size=trainer.world_size if trainer else 1,
            num_workers=self.num_workers,
        )


class PeopleBatches(Batches):
    """Batches of P people with K pictures each, in an order that is a function of the seed and the epoch alone.

    An epoch has as many pictures as the split, about: everybody comes equally often, give or take once, and all
    pictures of a person come before one comes again. Who has a single picture is left out.
    """

    def __init__(self, split: Split, *, pictures_per_person: int, batch_size: int, **options: Any):
        super().__init__(split, batch_size=batch_size, shuffle=True, **options)
        labels = split.labels
        self.people = [members for person in np.unique(labels) if len(members := np.flatnonzero(labels == person)) > 1]
        self.pictures_per_person = pictures_per_person
        self.people_per_batch = min(batch_size // pictures_per_person, len(self.people))
        size = self.people_per_batch * pictures_per_person
        if size % self.world_size:
            problem = f"{size} pictures cannot be shared among {self.world_size} processes equally."
            raise ConfigMistakes([Mistake("data.batch_size", batch_size, problem, "Take a multiple of both.")])
        self.batch_count = max(1, sum(map(len, self.people)) // size)

    def shares(self) -> list[np.ndarray]:
        """The members of each batch that are this process's."""
        chance = generator(self.seed, "people", self.epoch)
        waiting: list[int] = []
        left: list[list[int]] = [[] for _ in self.people]
        shares = []
        for _ in range(self.batch_count):
            if len(waiting) < self.people_per_batch:
                # Who is still waiting comes first, and is not in the same batch twice.
                waiting += sorted(chance.permutation(len(self.people)).tolist(), key=waiting.__contains__)
            batch: list[int] = []
            for person in waiting[: self.people_per_batch]:
                while len(left[person]) < self.pictures_per_person:
                    left[person] += chance.permutation(self.people[person]).tolist()
                batch += left[person][: self.pictures_per_person]
                del left[person][: self.pictures_per_person]
            del waiting[: self.people_per_batch]
            shares.append(np.array(batch)[self.rank :: self.world_size])
        return shares

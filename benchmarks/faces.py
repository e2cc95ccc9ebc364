"""Verification and recognition of real faces, beside pixels, eigenfaces, the untrained network and a peer's loss.

    python benchmarks/faces.py fei28 FOLDER     # FEI's thumbnails: the table, and the curve over people trained on
    python benchmarks/faces.py orl FOLDER       # ORL, beside pytorch-metric-learning's loss in the same loop
    python benchmarks/faces.py large FOLDER     # resnet18 on any folder of ten people, at 412 x 412: time and memory

FOLDER is where the data are. Nobody who is tested was trained or validated on.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
SHOWN = ("auroc", "equal_error_rate", "tar_at_far_0.01")
BASELINES = ("pixels", "eigenfaces", "untrained")
FEI = ["data.image_size=28", "data.colour=grey"]
TOP, BOTTOM, LEFT, RIGHT = 0, 21, 3, 25  # of FEI's pictures of 28 x 28: the face, without the clothes
DARK = 14  # the number of the view that is nearly black


def fei_folders(file: Path, root: Path, *, last_trained: int, validated: int) -> None:
    """A folder a person in train, val and test; people after `last_trained` are tested."""
    with np.load(file) as arrays:
        images, people, views = arrays["images"], arrays["person"], arrays["view"]
    for image, person, view in zip(images, people, views, strict=True):
        if view == DARK:
            continue
        split = "test" if person > last_trained else "val" if person > last_trained - validated else "train"
        folder = root / split / f"person_{person:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        face = Image.fromarray(image[TOP:BOTTOM, LEFT:RIGHT]).convert("L").resize((28, 28), Image.Resampling.BICUBIC)
        face.save(folder / f"view_{view:02d}.png")


def run(folder: Path, *words: str) -> tuple[dict[str, float], float]:
    """A run's final figures, and its seconds."""
    started = time.perf_counter()
    command = [sys.executable, str(ROOT / "train.py"), "experiment=face_id_photos", *words, f"hydra.run.dir={folder}"]
    paths = {
        "LIGHTWELL_ALLOW": "peer_loss",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]),
    }
    silent = subprocess.DEVNULL
    subprocess.run(command, check=True, stdout=silent, stderr=silent, env={**os.environ, **paths})
    return json.loads((folder / "metrics.json").read_text()), time.perf_counter() - started


def fei28(data: Path, scratch: Path) -> None:
    """People 111 to 150 tested, by networks trained on up to 98 others."""
    fei_folders(data / "fei28.npz", scratch / "faces", last_trained=110, validated=12)
    shared = [f"data.root={scratch / 'faces'}", "data.split=folders", *FEI, "logger=none"]
    for people in (10, 25, 50, 98):
        words = [*shared, f"data.budget={people}", "callbacks=[checkpoint,face_baselines]"]
        figures, seconds = run(scratch / f"people_{people}", *words)
        print(row(f"trained on {people} people ({seconds:.0f} s)", figures, "test"), flush=True)
    for name in BASELINES:
        print(row(name, figures, f"baseline/{name}"))


def orl(data: Path, scratch: Path) -> None:
    """30 people: ten of them tested and the others trained on, three times; the mean and spread of three."""
    people = sorted(folder for folder in data.iterdir() if folder.is_dir())
    losses = {
        "all": ["loss.mining=all"],
        "semi_hard": ["loss.mining=semi_hard"],
        "all_semi_hard": ["loss.mining=all_semi_hard"],
        "pytorch-metric-learning, semihard": ["loss=peer", f"hydra.searchpath=[{scratch / 'conf'}]"],
    }
    (scratch / "conf" / "loss").mkdir(parents=True)
    peer = "_target_: peer_loss.PeerTriplet\nmargin: 0.2\ndistance: squared_euclidean\n"
    (scratch / "conf" / "loss" / "peer.yaml").write_text(peer)
    rows: dict[str, list[list[float]]] = {}
    for part in range(3):
        root = scratch / f"orl_{part}"
        tested = people[10 * part : 10 * part + 10]
        rest = [person for person in people if person not in tested]
        for split, members in {"train": rest[:17], "val": rest[17:], "test": tested}.items():
            (root / split).mkdir(parents=True)
            for person in members:
                (root / split / person.name).symlink_to(person.resolve())
        for name, words in losses.items():
            shared = [f"data.root={root}", "data.split=folders", "data.image_size=56", "data.colour=grey"]
            shared += ["data.batch_size=40", "logger=none", "callbacks=[checkpoint,face_baselines]"]
            figures, _ = run(scratch / f"{part}_{name.partition(',')[0]}", *shared, *words)
            rows.setdefault(name, []).append([figures[f"test/{figure}"] for figure in SHOWN])
        for name in BASELINES:
            rows.setdefault(name, []).append([figures[f"baseline/{name}/{figure}"] for figure in SHOWN])
    for name, measured in rows.items():
        means, spreads = np.mean(measured, axis=0), np.std(measured, axis=0, ddof=1)
        cells = "".join(f"{mean:9.3f} ±{spread:6.3f}" for mean, spread in zip(means, spreads, strict=True))
        print(f"{name:36s}{cells}")


def large(data: Path, scratch: Path) -> None:
    """A torchvision backbone on pictures of 412 x 412: what it takes."""
    words = [f"data.root={data}", "data.ratio=[6,2,2]", "data.image_size=412", "data.batch_size=16", "epochs=2"]
    words += ["model=backbone", "model.name=resnet18", "callbacks=[checkpoint]", "logger=none"]
    _, seconds = run(scratch / "large", *words)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"resnet18 at 412 x 412, 16 pictures a step, two epochs: {seconds:.0f} s in all, {memory:.1f} GiB at most")


def row(name: str, figures: dict[str, float], prefix: str) -> str:
    """A line of the table."""
    return f"{name:36s}" + "".join(f"{figures[f'{prefix}/{figure}']:17.3f}" for figure in SHOWN)


def main() -> None:
    """Print one table."""
    which, data = sys.argv[1], Path(sys.argv[2])
    print(f"{which:36s}" + "".join(f"{name:>17s}" for name in SHOWN))
    with tempfile.TemporaryDirectory() as scratch:
        {"fei28": fei28, "orl": orl, "large": large}[which](data, Path(scratch))


if __name__ == "__main__":
    main()

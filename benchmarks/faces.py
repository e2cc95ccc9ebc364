"""Verification and recognition of real faces, beside pixels, eigenfaces, the untrained network and a peer's loss.

    python benchmarks/faces.py fei28 FOLDER     # FEI's thumbnails: the table, and the curve over people trained on
    python benchmarks/faces.py orl FOLDER       # ORL: three divisions, with pytorch-metric-learning's loss in the same loop

FOLDER is where the data are. Nobody who is tested was trained or validated on.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parent.parent
SHOWN = ("auroc", "equal_error_rate", "tar_at_far_0.01")
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
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return json.loads((folder / "metrics.json").read_text()), time.perf_counter() - started


def fei28(data: Path, scratch: Path) -> None:
    """People 111 to 150 tested, by networks trained on up to 98 others."""
    fei_folders(data / "fei28.npz", scratch / "faces", last_trained=110, validated=12)
    shared = [f"data.root={scratch / 'faces'}", "data.split=folders", *FEI, "logger=none"]
    for people in (10, 25, 50, 98):
        words = [*shared, f"data.budget={people}", "callbacks=[checkpoint,face_baselines]"]
        figures, seconds = run(scratch / f"people_{people}", *words)
        print(row(f"trained on {people} people ({seconds:.0f} s)", figures, "test"), flush=True)
    for name in ("pixels", "eigenfaces", "untrained"):
        print(row(name, figures, f"baseline/{name}"))


def row(name: str, figures: dict[str, float], prefix: str) -> str:
    """A line of the table."""
    return f"{name:36s}" + "".join(f"{figures[f'{prefix}/{figure}']:8.3f}" for figure in SHOWN)


def main() -> None:
    """Print one table."""
    which, data = sys.argv[1], Path(sys.argv[2])
    print(f"{which:36s}" + "".join(f"{name:>17s}" for name in SHOWN))
    with tempfile.TemporaryDirectory() as scratch:
        {"fei28": fei28}[which](data, Path(scratch))


if __name__ == "__main__":
    main()

"""What much simpler ways reach on the same split: the height of the bar."""

import numpy as np
import pytorch_lightning as lightning
from PIL import Image

from lightwell.data.batches import Split

SIDE = 8


class Baselines(lightning.Callback):
    """Classifies the test pictures without the network, after testing it.

    `mean_grey` puts a threshold on a picture's mean brightness (two classes only). `logistic_8x8` is logistic
    regression (scikit-learn's) on the picture shrunk to 8 x 8 pixels. Both are fitted on the training split.
    """

    outputs = ("binary", "multiclass", "multilabel", "embedding", "events")

    def __init__(self) -> None:
        self.predicted: dict[str, np.ndarray] = {}

    def on_test_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Fit and predict, if each picture has one class."""
        splits: dict[str, Split] = trainer.datamodule.splits  # type: ignore[attr-defined]
        train, test = splits["train"], splits["test"]
        if not trainer.is_global_zero or train.labels.ndim == 2:
            return
        if len(trainer.datamodule.classes) == 2:  # type: ignore[attr-defined]
            fitted = fit_threshold(brightness(train), train.labels)
            self.predicted["mean_grey"] = predict_threshold(brightness(test), *fitted)
        self.predicted["logistic_8x8"] = logistic_8x8(train, test)


def brightness(split: Split) -> np.ndarray:
    """Each picture's mean over pixels and channels, `(examples,)` from 0 to 255."""
    return np.array([split.table.images[position].mean() for position in split.positions])


def fit_threshold(values: np.ndarray, labels: np.ndarray) -> tuple[float, bool]:
    """The threshold between two classes that makes the fewest mistakes, and whether class 1 lies above it."""
    order = np.argsort(values)
    ones = np.concatenate([[0], np.cumsum(labels[order])])
    zeros = np.arange(len(values) + 1) - ones
    right_if_above = zeros + ones[-1] - ones
    above = right_if_above.max() >= len(values) - right_if_above.min()
    best = int(right_if_above.argmax() if above else right_if_above.argmin())
    ends = np.concatenate([[-np.inf], values[order], [np.inf]])
    return float(ends[best : best + 2].mean()), bool(above)


def predict_threshold(values: np.ndarray, threshold: float, above: bool) -> np.ndarray:
    """Class 1 on its side of the threshold, `(examples,)` int64."""
    return ((values > threshold) == above).astype(np.int64)


def logistic_8x8(train: Split, test: Split) -> np.ndarray:
    """The classes that logistic regression on tiny pictures predicts, `(examples,)`."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=2000).fit(tiny(train), train.labels).predict(tiny(test))


def tiny(split: Split) -> np.ndarray:
    """Each picture at 8 x 8 pixels in [0, 1], flattened, `(examples, channels * 64)`.

    Pixels are not standardised one by one: that would make as much of a corner in which training pictures hardly
    differ as of the sky, and costs 8 points of accuracy on cameras never seen.
    """
    return np.stack(
        [
            np.stack(
                [
                    np.asarray(Image.fromarray(channel).resize((SIDE, SIDE), Image.Resampling.BOX))
                    for channel in split.table.images[position]
                ]
            ).ravel()
            / 255
            for position in split.positions
        ]
    )

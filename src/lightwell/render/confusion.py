"""The confusion matrix as a picture. Needs no torch."""

import io

import numpy as np
from PIL import Image

from lightwell.runs.predictions import Predictions


def confusion_picture(predictions: Predictions) -> Image.Image:
    """Counts of each true class (rows) against each predicted class (columns), shaded by the share of the row."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(predictions.classes)
    matrix = np.zeros((count, count), dtype=int)
    np.add.at(matrix, (predictions.labels, predictions.probabilities.argmax(1)), 1)
    share = matrix / np.maximum(matrix.sum(1, keepdims=True), 1)

    side = 2.2 + 0.55 * count
    figure = Figure(figsize=(side, side), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(count), predictions.classes, rotation=45, ha="right")
    axes.set_yticks(range(count), predictions.classes)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    for row, column in np.ndindex(matrix.shape):
        ink = "white" if share[row, column] > 0.5 else "black"
        axes.text(column, row, str(matrix[row, column]), ha="center", va="center", color=ink)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return Image.open(file).convert("RGB")

"""Otsu's threshold is OpenCV's."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightwell.explain.segmentation import segmentation

cv2 = pytest.importorskip("cv2", reason="an extra: pip install lightwell[segmentation]")


@settings(max_examples=50)
@given(st.integers(0, 1000), st.floats(0.1, 5.0), st.integers(8, 40))
def test_otsus_mask_is_opencvs(seed: int, skew: float, side: int) -> None:
    levels = (255 * np.random.default_rng(seed).random((side, side)) ** skew).astype(np.uint8)
    levels.flat[:2] = 0, 255  # a level for each value, as theirs, is then a level for each 256th of the range, as ours
    _, theirs = cv2.threshold(levels, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ours = segmentation(torch.from_numpy(levels)[None], method="otsu")[0].numpy()
    assert (ours == (theirs > 0)).all()

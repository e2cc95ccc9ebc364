import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from lightwell.render.intervals import bootstrap, wilson
from lightwell.render.report_figures import figures_with_intervals, final_figures
from lightwell.render.weighted_figures import weighted_figures
from lightwell.runs.predictions import Predictions


def predictions_of(labels: np.ndarray, probabilities: np.ndarray) -> Predictions:
    names = np.array([str(index) for index in range(len(labels))])
    classes = tuple(str(column) for column in range(probabilities.shape[1]))
    return Predictions(names, labels, probabilities.astype(np.float32), classes)


def guesses(kind: str, *, examples: int = 150, classes: int = 4, seed: int = 0) -> Predictions:
    """Answers somewhat better than chance, with many equal scores."""
    draws = np.random.default_rng(seed)
    if kind == "multilabel":
        labels = draws.integers(0, 2, (examples, classes))
        return predictions_of(labels, np.round(0.6 * draws.random(labels.shape) + 0.3 * labels, 2))
    classes = 2 if kind == "binary" else classes
    labels = draws.integers(0, classes, examples)
    scores = draws.random((examples, classes)) + 0.5 * (labels[:, None] == np.arange(classes))
    return predictions_of(labels, np.round(scores / scores.sum(axis=1, keepdims=True), 2))


def scikit_learn(predictions: Predictions, drawn: np.ndarray) -> list[float]:
    """The same figures by scikit-learn, of the examples that were drawn."""
    labels, scores = predictions.labels[drawn], predictions.probabilities[drawn]
    if predictions.multilabel:
        said = (scores > 0.5).astype(int)
        balanced = [metrics.balanced_accuracy_score(*pair) for pair in zip(labels.T, said.T, strict=True)]
        accuracy, balanced_accuracy, present = (labels == said).mean(), np.mean(balanced), labels
    else:
        said = scores.argmax(axis=1)
        accuracy, balanced_accuracy = (
            metrics.accuracy_score(labels, said),
            metrics.balanced_accuracy_score(labels, said),
        )
        present = labels[:, None] == np.arange(scores.shape[1])
    f1 = metrics.f1_score(labels, said, average="macro")
    ranked = [metrics.roc_auc_score(present, scores), metrics.average_precision_score(present, scores)]
    return [float(accuracy), float(balanced_accuracy), float(f1), *ranked]


def test_wilson_gives_the_published_interval() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81 of 263.
    lower, upper = wilson(81, 263)
    assert (round(lower, 4), round(upper, 4)) == (0.2553, 0.3662)


def test_all_right_answers_leave_room_for_doubt() -> None:
    lower, upper = wilson(100, 100)
    assert 0.95 < lower < 0.97
    assert upper == 1


def test_no_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one trial"):
        wilson(0, 0)


def test_the_bootstrap_of_a_mean_is_close_to_the_normal_interval() -> None:
    values = np.random.default_rng(0).normal(5, 2, 400)
    interval = bootstrap(lambda weights: np.array([weights @ values / weights.sum()]), len(values))[0]
    assert interval is not None
    half = 1.96 * values.std() / np.sqrt(len(values))
    assert interval == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)


def test_a_figure_that_no_resample_defines_has_no_interval() -> None:
    assert bootstrap(lambda weights: np.array([np.nan, 1.0]), 5, resamples=10) == [None, (1.0, 1.0)]


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_every_interval_holds_its_figure_and_repeats_exactly(kind: str) -> None:
    predictions = guesses(kind)
    figures = figures_with_intervals(predictions)
    for value, interval in figures.values():
        assert interval is not None
        assert interval.lower < value < interval.upper
    assert figures_with_intervals(predictions) == figures


@settings(max_examples=15, deadline=None)
@given(kind=st.sampled_from(["binary", "multiclass", "multilabel"]), seed=st.integers(0, 1000))
def test_weighted_figures_are_those_of_the_drawn_examples(kind: str, seed: int) -> None:
    predictions = guesses(kind, seed=seed)
    drawn = np.random.default_rng(seed + 1).integers(0, 150, 150)
    weights = np.bincount(drawn, minlength=150).astype(float)
    assert weighted_figures(predictions)(weights) == pytest.approx(scikit_learn(predictions, drawn), abs=1e-12)


def test_a_class_without_examples_is_left_out_of_the_means() -> None:
    few = predictions_of(np.array([0, 0, 1, 1]), np.array([[0.8, 0.1, 0.1]] * 2 + [[0.1, 0.8, 0.1]] * 2))
    assert weighted_figures(few)(np.ones(4)) == pytest.approx([1, 1, 1, 1, 1])


def test_a_figure_that_means_something_else_gets_no_interval() -> None:
    predictions = guesses("multiclass")
    right = float(predictions.right().mean())
    accuracy, f1 = final_figures({"test/accuracy": right, "test/f1": 0.123}, predictions, "accuracy")
    assert accuracy.interval is not None
    assert f1.interval is None

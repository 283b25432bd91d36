import numpy as np

from benchmarks.evidence.classes import confusions, unweighted_f1, unweighted_recall, weigh
from micron_bert import metrics


def test_as_the_metrics_of_the_package_for_any_weighting():
    rng = np.random.default_rng(0)
    labels, predictions, people = rng.integers(0, 3, 50), rng.integers(0, 4, 50), rng.integers(0, 5, 50)
    weights = rng.integers(0, 3, (4, 5))
    matrices = weigh(confusions(labels, predictions, people, 4, 5), weights)
    for row, f1, recall in zip(weights, unweighted_f1(matrices), unweighted_recall(matrices), strict=True):
        rows = np.repeat(np.arange(50), row[people])
        assert np.isclose(f1, metrics.unweighted_f1(labels[rows], predictions[rows], 4))
        assert np.isclose(recall, metrics.unweighted_average_recall(labels[rows], predictions[rows], 4))

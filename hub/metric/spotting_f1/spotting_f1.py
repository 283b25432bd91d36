"""F1 of spotting expressions in long videos, as a module of `evaluate`."""

import datasets
import evaluate
import numpy as np
from scipy.optimize import linear_sum_assignment

DESCRIPTION = """
F1 of spotting (MEGC 2019 guideline): a spotted interval hits a true one when their intersection over union, in frames
with both end frames, is at least `least`; every interval is in one hit at most. All videos count as one long video.
"""

INPUTS = """
Args:
    predictions, references (list of lists): the intervals of each video, as [onset, offset]; videos without any
        interval are empty lists.
    least (float, defaults to 0.5): smallest overlap of a hit.
Returns:
    spotting_f1, precision, recall (float), and the counts hits, spotted, truth (int).
Examples:
    >>> metric = evaluate.load("spotting_f1")
    >>> metric.compute(predictions=[[[10, 20], [40, 50]]], references=[[[12, 20]]])["hits"]
    1
"""


class SpottingF1(evaluate.Metric):
    def _info(self):
        intervals = datasets.Sequence(datasets.Sequence(datasets.Value("int64")))
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation="",
            inputs_description=INPUTS,
            features=datasets.Features({"predictions": intervals, "references": intervals}),
        )

    def _compute(self, predictions, references, least=0.5):
        hits = sum(_hits(spotted, truth, least) for spotted, truth in zip(predictions, references, strict=True))
        spotted, truth = (sum(map(len, videos)) for videos in (predictions, references))
        return {
            "spotting_f1": 2 * hits / (spotted + truth) if spotted + truth else 0.0,
            "precision": hits / spotted if spotted else 0.0,
            "recall": hits / truth if truth else 0.0,
            "hits": hits,
            "spotted": spotted,
            "truth": truth,
        }


def _hits(spotted, truth, least):
    """The largest number of pairs of one video that overlap enough."""
    if not len(spotted) or not len(truth):
        return 0
    spotted, truth = np.asarray(spotted)[:, None], np.asarray(truth)[None]
    shared = np.minimum(spotted[..., 1], truth[..., 1]) - np.maximum(spotted[..., 0], truth[..., 0]) + 1
    lengths = (spotted[..., 1] - spotted[..., 0] + 1) + (truth[..., 1] - truth[..., 0] + 1)
    enough = np.maximum(shared, 0) / (lengths - np.maximum(shared, 0)) >= least
    return int(enough[linear_sum_assignment(enough, maximize=True)].sum())

"""The spot-then-recognize score of long videos, as a module of `evaluate`."""

import datasets
import evaluate
import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import precision_score, recall_score

DESCRIPTION = """
STRS = F1 of spotting x F1 of analysis. A spotted interval hits a true one of the same video when their intersection
over union, in frames with both end frames, is at least `least`. The analysis is scored on the hits: F1 of macro
precision and macro recall over the emotions of the true intervals. With `official=True` it counts as the challenge's
own scorer does: subjects without a prediction and videos without a true interval are passed over, one prediction may
hit several true intervals, and hits that are all of one emotion and all right count as 0.
"""

INPUTS = """
Args:
    predictions, references (list of dict): intervals as {"subject": str, "video": str, "onset": int, "offset": int,
        "emotion": str}; the two lists may differ in length.
    least (float, defaults to 0.5): smallest overlap of a hit.
    official (bool, defaults to False): count as the challenge's own scorer does.
Returns:
    strs, spotting_f1, analysis_f1 (float), and hits (int).
Examples:
    >>> metric = evaluate.load("strs")
    >>> truth = [
    ...     {"subject": "s1", "video": "a", "onset": 10, "offset": 20, "emotion": "positive"},
    ...     {"subject": "s1", "video": "a", "onset": 60, "offset": 70, "emotion": "negative"},
    ... ]
    >>> spotted = [{**truth[0], "onset": 12}, {**truth[1], "emotion": "positive"}]
    >>> metric.compute(predictions=spotted, references=truth)["hits"]
    2
"""

CITATION = """
@article{liong2023spot,
  title={Spot-then-recognize: A micro-expression analysis network for seamless evaluation of long videos},
  author={Liong, Gen-Bing and See, John and Chan, Chee-Seng},
  journal={Signal Processing: Image Communication},
  volume={110},
  pages={116875},
  year={2023}
}
"""


class STRS(evaluate.Metric):
    def _info(self):
        interval = {"subject": "string", "video": "string", "onset": "int64", "offset": "int64", "emotion": "string"}
        intervals = [{name: datasets.Value(kind) for name, kind in interval.items()}]
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation=CITATION,
            inputs_description=INPUTS,
            features=datasets.Features({"predictions": intervals, "references": intervals}),
        )

    def compute(self, *, predictions, references, **options):
        """The lists differ in length, so each is handed on as one item."""
        return super().compute(predictions=[predictions], references=[references], **options)

    def _compute(self, predictions, references, least=0.5, official=False):
        spotted, truth = ([one for intervals in lists for one in intervals] for lists in (predictions, references))
        emotions = sorted({one["emotion"] for one in truth})
        if official:
            videos, subjects = {_place(one) for one in truth}, {one["subject"] for one in spotted}
            spotted = [one for one in spotted if _place(one) in videos]
            truth = [one for one in truth if one["subject"] in subjects]
        overlaps = np.array([[_overlap(one, true) for true in truth] for one in spotted])
        overlaps = overlaps.reshape(len(spotted), len(truth))
        enough = overlaps >= least
        if official:
            # the first prediction that is close enough takes the interval
            rows, columns = (enough.argmax(axis=0) if spotted else [], range(len(truth) if spotted else 0))
        else:
            # one pair more is worth more than any overlap
            rows, columns = linear_sum_assignment(np.where(enough, len(truth) + overlaps, 0), maximize=True)
        pairs = [(row, column) for row, column in zip(rows, columns, strict=True) if enough[row, column]]
        hits = len(pairs)
        if official:
            wrong = len(spotted) - len({row for row, _ in pairs}) + len(truth) - hits
        else:
            wrong = len(spotted) + len(truth) - 2 * hits
        found = 2 * hits / (2 * hits + wrong) if hits else 0.0
        named = [spotted[row]["emotion"] for row, _ in pairs]
        wanted = [truth[column]["emotion"] for _, column in pairs]
        settings = {"labels": emotions, "average": "macro", "zero_division": 0}
        precision = precision_score(wanted, named, **settings) if hits else 0.0
        recall = recall_score(wanted, named, **settings) if hits else 0.0
        if official and hits and len({*named, *wanted}) == 1:
            precision = recall = 0.0
        analysis = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return {
            "strs": float(found * analysis), "spotting_f1": float(found), "analysis_f1": float(analysis), "hits": hits
        }  # fmt: skip


def _place(interval):
    return interval["subject"], interval["video"]


def _overlap(one, other):
    if _place(one) != _place(other):
        return 0.0
    shared = min(one["offset"], other["offset"]) - max(one["onset"], other["onset"]) + 1
    lengths = (one["offset"] - one["onset"] + 1) + (other["offset"] - other["onset"] + 1)
    return max(shared, 0) / (lengths - max(shared, 0))

"""Scores of recognition and of spotting. Neither torch nor Transformers."""

from micron_bert.metrics.action_units import action_unit_averages, action_unit_f1
from micron_bert.metrics.classes import (
    accuracy,
    confusion_matrix,
    f1_per_class,
    recall_per_class,
    unweighted_average_recall,
    unweighted_f1,
    weighted_f1,
)
from micron_bert.metrics.spotting import VideoInterval, match_intervals, overlap, score_spotting, spotting_f1
from micron_bert.metrics.strs import spot_then_recognize

__all__ = [
    "VideoInterval",
    "accuracy",
    "action_unit_averages",
    "action_unit_f1",
    "confusion_matrix",
    "f1_per_class",
    "match_intervals",
    "overlap",
    "recall_per_class",
    "score_spotting",
    "spot_then_recognize",
    "spotting_f1",
    "unweighted_average_recall",
    "unweighted_f1",
    "weighted_f1",
]

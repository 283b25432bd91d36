"""From the predictions of all folds to scores: pooled, by dataset and by subject, over seeds, with intervals."""

from collections.abc import Sequence

import numpy as np

from micron_bert.metrics import (
    accuracy,
    action_unit_averages,
    action_unit_f1,
    confusion_matrix,
    f1_per_class,
    recall_per_class,
    unweighted_average_recall,
    unweighted_f1,
    weighted_f1,
)
from micron_bert.metrics.bootstrap import class_scores, confusions_by_person, interval, ratio, resample

UNIT_SCORES = ("aus_average", "datasets_average")


def summarize(results: Sequence[Sequence[dict]], names: list[str], multi_label: bool, draws: int) -> dict:
    """
    Scores of an evaluation.

    Args:
        results (`Sequence[Sequence[dict]]`):
            For each seed, what each fold gave.
        names (`list[str]`):
            The classes or action units.
        multi_label (`bool`):
            Whether a clip can have several labels.
        draws (`int`):
            Draws of the bootstrap; 0 for none.

    Returns:
        `dict`: `full` and, by name, `datasets`: each with `clips`, `subjects`, for every score `mean`, `spread` (the
        standard deviation over seeds; None of one), `seeds` (the values) and `interval` (95 %, by drawing subjects
        with replacement), and for classes `confusion_matrix` (summed over the seeds), `by_class`; `subjects`: the
        share of right answers for each.
    """
    tables = [_Table([row for fold in folds for row in fold["predictions"]], names, multi_label) for folds in results]
    first = tables[0]
    everything = np.ones(len(first.rows), bool)
    parts = {name: first.datasets == name for name in dict.fromkeys(first.datasets.tolist())}
    summary = {"full": _part(tables, everything, draws), "datasets": {}}
    if len(parts) > 1:
        summary["datasets"] = {name: _part(tables, inside, draws) for name, inside in sorted(parts.items())}
    summary["subjects"] = _by_subject(tables)
    return summary


class _Table:
    """The predictions of all folds with one seed."""

    def __init__(self, rows: list[dict], names: list[str], multi_label: bool):
        self.rows, self.names, self.multi_label = rows, names, multi_label
        self.datasets = np.array([row["dataset"] for row in rows])
        self.people = np.array([f"{row['dataset']}/{row['subject']}" for row in rows])
        self.truth, self.predictions = self._read("label"), self._read("prediction")

    def _read(self, column: str) -> np.ndarray:
        """Class indices `(clips,)`, or the presence of each action unit `(clips, units)`."""
        if self.multi_label:
            return np.array([[name in row[column] for name in self.names] for row in self.rows])
        return np.array([self.names.index(row[column]) for row in self.rows])

    def scores(self, inside: np.ndarray) -> dict[str, float]:
        truth, predicted, classes = self.truth[inside], self.predictions[inside], len(self.names)
        if self.multi_label:
            return dict(zip(UNIT_SCORES, action_unit_averages(truth, predicted, self.datasets[inside]), strict=True))
        return {
            "uf1": unweighted_f1(truth, predicted, classes),
            "uar": unweighted_average_recall(truth, predicted, classes),
            "accuracy": accuracy(truth, predicted),
            "weighted_f1": weighted_f1(truth, predicted, classes),
        }


def _part(tables: list[_Table], inside: np.ndarray, draws: int) -> dict:
    first, values = tables[0], [table.scores(inside) for table in tables]
    intervals = intervals_of(tables, inside, draws) if draws else {}
    part = {"clips": int(inside.sum()), "subjects": len(set(first.people[inside]))}
    for score in values[0]:
        each = [value[score] for value in values]
        part[score] = {
            "mean": float(np.mean(each)),
            "spread": float(np.std(each, ddof=1)) if len(each) > 1 else None,
            "seeds": each,
            "interval": intervals.get(score),
        }
    truth = np.concatenate([table.truth[inside] for table in tables])
    predicted = np.concatenate([table.predictions[inside] for table in tables])
    if first.multi_label:
        found = np.mean([action_unit_f1(table.truth[inside], table.predictions[inside]) for table in tables], axis=0)
        shown = first.truth[inside].sum(axis=0)
        rows = zip(first.names, shown, found, strict=True)
        part["by_class"] = {name: {"clips": int(count), "f1": float(f1)} for name, count, f1 in rows}
        return part
    matrix = confusion_matrix(truth, predicted, len(first.names))
    part["confusion_matrix"] = matrix.tolist()
    f1, recall = (score(truth, predicted, len(first.names)) for score in (f1_per_class, recall_per_class))
    shown = matrix.sum(axis=1) // len(tables)
    rows = zip(first.names, shown, f1, recall, strict=True)
    part["by_class"] = {name: {"clips": int(n), "f1": float(f), "recall": float(r)} for name, n, f, r in rows}
    return part


def intervals_of(tables: list[_Table], inside: np.ndarray, draws: int, seed: int = 0) -> dict[str, list[float]]:
    """
    Intervals of UF1, UAR, accuracy or the mean F1 of action units: 2.5 and 97.5 % over draws of subjects.

    Subjects are drawn with replacement, as many as there are, with all their clips and for all seeds of the training
    together; the clips of one face are no independent samples.
    """
    people, place = np.unique(tables[0].people[inside], return_inverse=True)
    weights = resample(place, draws, seed=seed)
    found: dict[str, list] = {}
    for table in tables:
        truth, predicted = table.truth[inside], table.predictions[inside]
        if table.multi_label:
            hits, seen = np.zeros((2, len(people), len(table.names)))
            np.add.at(hits, place, truth & predicted)
            np.add.at(seen, place, truth.astype(int) + predicted)
            scores = {"aus_average": ratio(2 * (weights @ hits), weights @ seen).mean(axis=1)}
        else:
            confusions = confusions_by_person(truth, predicted, place, len(table.names), len(people))
            scores = class_scores(weights, confusions)
        for name, values in scores.items():
            found.setdefault(name, []).append(values)
    return {name: list(interval(np.mean(each, axis=0))) for name, each in found.items()}


def _by_subject(tables: list[_Table]) -> dict[str, dict]:
    found = {}
    for person in dict.fromkeys(tables[0].people.tolist()):
        inside = tables[0].people == person
        right = np.mean([(table.truth[inside] == table.predictions[inside]).mean() for table in tables])
        found[person] = {"clips": int(inside.sum()), "right": float(right)}
    return found

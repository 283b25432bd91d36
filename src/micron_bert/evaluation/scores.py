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

FULL = "Full"
CLASS_SCORES = ("uf1", "uar", "accuracy", "weighted_f1")
UNIT_SCORES = ("aus_average", "datasets_average")


def summarize(results: Sequence[Sequence[dict]], names: list[str], several: bool, draws: int) -> dict:
    """
    Scores of an evaluation.

    Args:
        results (`Sequence[Sequence[dict]]`):
            For each seed, what each fold gave.
        names (`list[str]`):
            The classes or action units.
        several (`bool`):
            Whether a clip can have several labels.
        draws (`int`):
            Draws of the bootstrap; 0 for none.

    Returns:
        `dict`: `full` and, by name, `datasets`: each with `clips`, `subjects`, for every score `mean`, `spread` (the
        standard deviation over seeds; None of one), `seeds` (the values) and `interval` (95 %, by drawing subjects
        with replacement), and for classes `confusion_matrix` (summed over the seeds), `by_class`; `subjects`: the
        share of right answers for each.
    """
    tables = [_Table([row for fold in folds for row in fold["predictions"]], names, several) for folds in results]
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

    def __init__(self, rows: list[dict], names: list[str], several: bool):
        self.rows, self.names, self.several = rows, names, several
        self.datasets = np.array([row["dataset"] for row in rows])
        self.people = np.array([f"{row['dataset']}/{row['subject']}" for row in rows])
        self.truth, self.told = self._read("label"), self._read("prediction")

    def _read(self, column: str) -> np.ndarray:
        """Class indices `(clips,)`, or the presence of each action unit `(clips, units)`."""
        if self.several:
            return np.array([[name in row[column] for name in self.names] for row in self.rows])
        return np.array([self.names.index(row[column]) for row in self.rows])

    def scores(self, inside: np.ndarray) -> dict[str, float]:
        truth, told, classes = self.truth[inside], self.told[inside], len(self.names)
        if self.several:
            return dict(zip(UNIT_SCORES, action_unit_averages(truth, told, self.datasets[inside]), strict=True))
        return {
            "uf1": unweighted_f1(truth, told, classes),
            "uar": unweighted_average_recall(truth, told, classes),
            "accuracy": accuracy(truth, told),
            "weighted_f1": weighted_f1(truth, told, classes),
        }


def _part(tables: list[_Table], inside: np.ndarray, draws: int) -> dict:
    first, values = tables[0], [table.scores(inside) for table in tables]
    intervals = bootstrap(tables, inside, draws) if draws else {}
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
    told = np.concatenate([table.told[inside] for table in tables])
    if first.several:
        found = np.mean([action_unit_f1(table.truth[inside], table.told[inside]) for table in tables], axis=0)
        shown = first.truth[inside].sum(axis=0)
        rows = zip(first.names, shown, found, strict=True)
        part["by_class"] = {name: {"clips": int(count), "f1": float(f1)} for name, count, f1 in rows}
        return part
    matrix = confusion_matrix(truth, told, len(first.names))
    part["confusion_matrix"] = matrix.tolist()
    f1, recall = (score(truth, told, len(first.names)) for score in (f1_per_class, recall_per_class))
    shown = matrix.sum(axis=1) // len(tables)
    rows = zip(first.names, shown, f1, recall, strict=True)
    part["by_class"] = {name: {"clips": int(n), "f1": float(f), "recall": float(r)} for name, n, f, r in rows}
    return part


def bootstrap(tables: list[_Table], inside: np.ndarray, draws: int, seed: int = 0) -> dict[str, list[float]]:
    """
    Intervals of UF1, UAR, accuracy or the mean F1 of action units: 2.5 and 97.5 % over draws of subjects.

    Subjects are drawn with replacement, as many as there are, with all their clips and for all seeds of the training
    together; the clips of one face are no independent samples.
    """
    people, place = np.unique(tables[0].people[inside], return_inverse=True)
    weights = np.random.default_rng(seed).multinomial(len(people), np.full(len(people), 1 / len(people)), draws)
    found: dict[str, list] = {}
    for table in tables:
        truth, told = table.truth[inside], table.told[inside]
        if table.several:
            hits, seen = np.zeros((2, len(people), len(table.names)))
            np.add.at(hits, place, truth & told)
            np.add.at(seen, place, truth.astype(int) + told)
            hits, seen = weights @ hits, weights @ seen
            found.setdefault("aus_average", []).append(_ratio(2 * hits, seen).mean(axis=1))
            continue
        classes = len(table.names)
        counts = np.zeros((len(people), classes, classes))
        np.add.at(counts, (place, truth, told), 1)
        drawn = np.tensordot(weights, counts, axes=1)  # (draws, classes, classes)
        hits, present = np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=2)
        found.setdefault("uf1", []).append(_ratio(2 * hits, present + drawn.sum(axis=1)).mean(axis=1))
        found.setdefault("uar", []).append(_ratio(hits, present).mean(axis=1))
        found.setdefault("accuracy", []).append(hits.sum(axis=1) / present.sum(axis=1))
    return {name: np.percentile(np.mean(each, axis=0), [2.5, 97.5]).tolist() for name, each in found.items()}


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part, dtype=float), where=whole > 0)


def _by_subject(tables: list[_Table]) -> dict[str, dict]:
    found = {}
    for person in dict.fromkeys(tables[0].people.tolist()):
        inside = tables[0].people == person
        right = np.mean([(table.truth[inside] == table.told[inside]).mean() for table in tables])
        found[person] = {"clips": int(inside.sum()), "right": float(right)}
    return found

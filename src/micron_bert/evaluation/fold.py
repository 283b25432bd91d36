"""One fold: learn, choose an epoch, keep the predictions."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from micron_bert.errors import InputError
from micron_bert.evaluation.clips import PreparedClip
from micron_bert.evaluation.learner import Learner
from micron_bert.evaluation.protocols import Fold
from micron_bert.metrics import accuracy, action_unit_f1, unweighted_f1
from micron_bert.output_folder import write_text


@dataclass(frozen=True)
class Experiment:
    """
    All that a process needs to know to do any of the folds.

    Attributes:
        clips (`list[PreparedClip]`), names (`list[str]`), labels (`np.ndarray`), folds (`list[Fold]`),
        multi_label (`bool`):
            As in [`Task`].
        learner ([`Learner`]): learns.
        inputs (`Path`): what [`store_inputs`] gave.
        folder (`Path`): where predictions go.
        choose_epoch (`str`), inner_fraction (`float`): as in [`EvaluationArguments`].
    """

    clips: list[PreparedClip]
    names: list[str]
    labels: np.ndarray
    folds: list[Fold]
    multi_label: bool
    learner: Learner
    inputs: Path
    folder: Path
    choose_epoch: str = "fixed"
    inner_fraction: float = 0.2

    def path(self, number: int, seed: int) -> Path:
        """Where the predictions of a fold are."""
        name = re.sub(r"[^A-Za-z0-9._-]+", "_", self.folds[number].name)[:80]
        return self.folder / "folds" / f"seed-{seed}" / f"{number:04d}_{name}.json"


def run_fold(experiment: Experiment, number: int, seed: int, inputs: np.ndarray) -> dict:
    """
    Trains and tests one fold and writes its predictions, completely or not at all.

    Args:
        experiment ([`Experiment`]):
            What there is.
        number (`int`):
            Which fold.
        seed (`int`):
            Of the weights, the order and the inner split.
        inputs (`np.ndarray` of shape `(N, ...)`):
            The arrays of all clips.

    Returns:
        `dict`: what was written: `fold`, `seed`, `epoch` and `epochs`, `inner` (the people held out to choose the
        epoch) and `predictions`, one entry per test clip.
    """
    fold = experiment.folds[number]
    train, held_out = fold.train, []
    if experiment.choose_epoch == "inner":
        train, held_out = split_inner(experiment, fold, number, seed)
    targets = experiment.labels if experiment.multi_label else np.eye(len(experiment.names))[experiment.labels]
    eval_rows = [fold.test, held_out] if held_out else [fold.test]
    epochs = experiment.learner.fit(
        inputs, targets.astype(np.float32), train, eval_rows, seed, experiment.choose_epoch != "fixed"
    )
    chosen = len(epochs) - 1
    if experiment.choose_epoch != "fixed":
        judged = experiment.labels[eval_rows[-1]]
        scores = [_score(experiment, judged, epoch[-1]) for epoch in epochs]
        chosen = int(np.argmax(scores))  # the first of the best
    logits = epochs[chosen][0]
    result = {
        "fold": fold.name,
        "seed": seed,
        "epoch": chosen + 1,
        "epochs": len(epochs),
        "inner": sorted({"/".join(experiment.clips[row].person) for row in held_out}),
        "predictions": [
            _entry(experiment, row, scores.tolist()) for row, scores in zip(fold.test, logits, strict=True)
        ],
    }
    path = experiment.path(number, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(result, indent=1) + "\n")
    return result


def split_inner(experiment: Experiment, fold: Fold, number: int, seed: int) -> tuple[list[int], list[int]]:
    """
    Part of the training people, held out to choose the epoch by; none of them is left in the training part.

    Raises:
        InputError: one training subject only.
    """
    people = sorted({experiment.clips[row].person for row in fold.train})
    if len(people) < 2:
        raise InputError(f"The fold `{fold.name}` trains on one subject; `choose_epoch` `inner` needs two at least.")
    count = min(len(people) - 1, max(1, round(experiment.inner_fraction * len(people))))
    chosen = np.random.default_rng([seed, number]).permutation(len(people))[:count]
    out = {people[index] for index in chosen}
    return (
        [row for row in fold.train if experiment.clips[row].person not in out],
        [row for row in fold.train if experiment.clips[row].person in out],
    )


def _score(experiment: Experiment, labels: np.ndarray, logits: np.ndarray) -> float:
    """What the best epoch is best at: UF1 for classes, then accuracy; mean F1 for action units."""
    if experiment.multi_label:
        return float(action_unit_f1(labels > 0.5, logits > 0).mean())
    predictions = logits.argmax(axis=1)
    return unweighted_f1(labels, predictions, len(experiment.names)) + 1e-6 * accuracy(labels, predictions)


def _entry(experiment: Experiment, row: int, scores: list[float]) -> dict:
    clip, names = experiment.clips[row], experiment.names
    if experiment.multi_label:
        truth = [name for name, shown in zip(names, experiment.labels[row], strict=True) if shown > 0.5]
        predicted = [name for name, score in zip(names, scores, strict=True) if score > 0]
    else:
        truth, predicted = names[experiment.labels[row]], names[int(np.argmax(scores))]
    return {
        "dataset": clip.dataset, "subject": clip.subject, "clip": clip.clip,
        "label": truth, "prediction": predicted, "scores": scores,
    }  # fmt: skip

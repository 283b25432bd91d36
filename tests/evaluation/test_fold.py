"""One fold: who is held out inside of it, and which epoch is taken."""

import json

import numpy as np

from micron_bert.evaluation.clips import PreparedClip
from micron_bert.evaluation.evaluate import main
from micron_bert.evaluation.fold import Experiment, run_fold
from micron_bert.evaluation.protocols import Fold


def test_inner_split_keeps_people_apart(prepared, mini, tmp_path):
    main(["--data", prepared[0], "--output", str(tmp_path), *mini, "--choose_epoch", "inner"])
    for path in (tmp_path / "folds" / "seed-0").glob("*.json"):
        fold = json.loads(path.read_text())
        assert len(fold["inner"]) == 1 and fold["fold"] not in fold["inner"] and fold["epochs"] == 2


class Said:
    """A learner whose epochs are given."""

    name, later_frames = "said", 0

    def __init__(self, epochs):
        self.epochs = epochs

    def fit(self, inputs, targets, train, eval_rows, seed, every_epoch):
        epochs = self.epochs if every_epoch else self.epochs[-1:]
        return [[scores[rows] for rows in eval_rows] for scores in epochs]


def told(folder, labels, epochs, choose):
    """The fold that tests the last person, by a learner with these epochs of scores."""
    half = len(labels) // 2
    experiment = Experiment(
        clips=[PreparedClip("d", f"s{n // half}", str(n)) for n in range(len(labels))],
        names=list("abc"[: labels.max() + 1]),
        labels=labels,
        folds=[Fold("d/s1", list(range(half)), list(range(half, len(labels))))],
        multi_label=False,
        learner=Said(epochs),
        inputs=folder,
        folder=folder / choose,
        choose_epoch=choose,
    )
    result = run_fold(experiment, 0, 0, None)
    assert result == json.loads(experiment.path(0, 0).read_text())
    return result


def test_oracle_takes_the_first_of_the_best_epochs_and_fixed_the_last(tmp_path):
    labels = np.array([0, 1, 0, 1])
    right, wrong = np.eye(2)[labels], np.eye(2)[1 - labels]
    epochs = [wrong, right, right, wrong]
    for choose, epoch, predictions in (("oracle", 2, ["a", "b"]), ("fixed", 1, ["b", "a"])):
        result = told(tmp_path, labels, epochs, choose)
        assert result["epoch"] == epoch and [row["prediction"] for row in result["predictions"]] == predictions


def test_of_epochs_with_one_uf1_the_more_accurate_is_the_best(tmp_path):
    truth = np.array([0, 0, 1, 1, 2])
    less, more = (np.eye(3)[[0] * 5 + said] for said in ([0, 1, 2, 2, 1], [0, 0, 0, 0, 1]))  # UF1 2/9, 1 and 2 right
    assert told(tmp_path, np.concatenate([truth, truth]), [less, more], "oracle")["epoch"] == 2

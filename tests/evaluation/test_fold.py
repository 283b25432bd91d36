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


def test_oracle_takes_the_first_of_the_best_epochs_and_fixed_the_last(tmp_path):
    labels = np.array([0, 1, 0, 1])
    right, wrong = np.eye(2)[labels], np.eye(2)[1 - labels]
    for choose, epoch in (("oracle", 2), ("fixed", 1)):
        experiment = Experiment(
            clips=[PreparedClip("d", f"s{n // 2}", str(n)) for n in range(4)],
            names=["a", "b"],
            labels=labels,
            folds=[Fold("d/s1", [0, 1], [2, 3])],
            multi_label=False,
            learner=Said([wrong, right, right, wrong]),
            inputs=tmp_path,
            folder=tmp_path / choose,
            choose_epoch=choose,
        )
        result = run_fold(experiment, 0, 0, None)
        assert result["epoch"] == epoch and result == json.loads(experiment.path(0, 0).read_text())
        assert [row["prediction"] for row in result["predictions"]] == (
            ["a", "b"] if choose == "oracle" else ["b", "a"]
        )

import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score

from micron_bert.evaluation.scores import summarize

NAMES = ["negative", "positive", "surprise"]


@pytest.fixture
def results():
    """Two seeds of four folds: two datasets with two people each."""
    rng, seeds = np.random.default_rng(0), []
    labels = rng.integers(0, 3, (4, 10))
    for _ in range(2):
        folds = []
        for person in range(4):
            told = np.where(rng.random(10) < 0.6, labels[person], rng.integers(0, 3, 10))
            rows = [
                {"dataset": "ab"[person // 2], "subject": f"s{person % 2}", "clip": str(n), "scores": []}
                | {"label": NAMES[label], "prediction": NAMES[prediction]}
                for n, (label, prediction) in enumerate(zip(labels[person], told, strict=True))
            ]
            folds.append({"predictions": rows})
        seeds.append(folds)
    return seeds


def column(folds, name, dataset=None):
    return [r[name] for fold in folds for r in fold["predictions"] if dataset in (None, r["dataset"])]


def test_predictions_are_pooled_before_they_are_scored(results):
    summary = summarize(results, NAMES, False, draws=0)
    for dataset, part in [(None, summary["full"]), *summary["datasets"].items()]:
        pairs = [(column(folds, "label", dataset), column(folds, "prediction", dataset)) for folds in results]
        f1 = [f1_score(*pair, average="macro", labels=NAMES) for pair in pairs]
        assert part["uf1"]["seeds"] == pytest.approx(f1, abs=1e-9)
        assert part["uf1"]["mean"] == pytest.approx(np.mean(f1)) and part["uf1"]["spread"] == pytest.approx(
            np.std(f1, ddof=1)
        )
        recall = [recall_score(*pair, average="macro", labels=NAMES) for pair in pairs]
        assert part["uar"]["seeds"] == pytest.approx(recall, abs=1e-9)
        assert part["subjects"] == (4 if dataset is None else 2)
    assert np.sum(summary["full"]["confusion_matrix"]) == 80
    assert sum(row["clips"] for row in summary["full"]["by_class"].values()) == 40


def test_interval_is_the_bootstrap_over_subjects(results):
    interval = summarize(results[:1], NAMES, False, draws=4000)["full"]["accuracy"]["interval"]
    right = [np.mean([r["label"] == r["prediction"] for r in fold["predictions"]]) for fold in results[0]]
    drawn = np.array(right)[np.random.default_rng(5).integers(0, 4, (20000, 4))].mean(axis=1)
    assert interval == pytest.approx(np.percentile(drawn, [2.5, 97.5]), abs=0.02)
    assert interval == summarize(results[:1], NAMES, False, draws=4000)["full"]["accuracy"]["interval"]


def test_one_seed_has_no_spread(results):
    summary = summarize(results[:1], NAMES, False, draws=0)
    assert summary["full"]["uf1"]["spread"] is None and summary["full"]["uf1"]["interval"] is None
    assert summary["subjects"]["a/s0"]["clips"] == 10


def test_action_units_have_two_averages():
    rows = [
        {"dataset": source, "subject": "1", "clip": str(n), "label": label, "prediction": told, "scores": []}
        for n, (source, label, told) in enumerate(
            [("a", ["4"], ["4"]), ("a", [], ["12"]), ("b", ["12"], ["12"]), ("b", ["4", "12"], ["12"])]
        )
    ]
    full = summarize([[{"predictions": rows}]], ["4", "12"], True, draws=50)["full"]
    assert full["aus_average"]["mean"] == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert full["datasets_average"]["mean"] == pytest.approx(((1 + 0) / 2 + (0 + 1) / 2) / 2)
    assert full["by_class"]["12"] == {"clips": 2, "f1": pytest.approx(4 / 5)}

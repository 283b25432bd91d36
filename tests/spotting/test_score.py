import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier

from micron_bert.errors import InputError
from micron_bert.spotting.features import FEATURES
from micron_bert.spotting.fitting import FOREST, fit, overlaps
from micron_bert.spotting.score import Forest, Score


def films(rng, count=4):
    """Films whose expressions are the candidates with a large first feature."""
    made = []
    for _ in range(count):
        features = rng.normal(size=(60, len(FEATURES)))
        features[rng.random(features.shape) < 0.05] = np.nan
        onset = 40 * np.arange(60)
        true = np.nan_to_num(features[:, 0]) > 0.8
        made.append(
            {
                "micro_features": features,
                "micro_extents": np.stack([onset, onset + 5, onset + 10], axis=1),
                "micro_usual": 0.1,
                "micro_events": np.stack([onset, onset + 11, 0 * onset + 1], axis=1)[true].astype(float),
            }
        )
    return made


def test_score_is_that_of_the_fitted_trees():
    rng = np.random.default_rng(0)
    made = films(rng)
    forest = Forest({name: np.array(array) for name, array in fit(made, "micro", report=lambda line: None).items()})
    features = np.concatenate([film["micro_features"] for film in made])
    labels = np.concatenate(
        [(overlaps(f["micro_extents"], f["micro_events"]) >= 0.5).any(axis=1).astype(int) for f in made]
    )
    filled = np.where(np.isfinite(features), features, np.nanmedian(features, axis=0))
    trees = ExtraTreesClassifier(random_state=0, **FOREST).fit(filled, labels)
    # leaves are kept in half precision
    assert np.abs(forest.votes(features) - trees.predict_proba(filled)[:, 1]).max() < 1e-3
    ours = forest.confidence(features)
    assert ours[labels == 1].min() > ours[labels == 0].mean()


def test_strictness_asks_for_more_and_more():
    forest = Score().kinds["micro"]
    required = [forest.required(strictness) for strictness in (0, 0.25, 0.5, 0.75, 1)]
    assert required == sorted(required) and required[0] < 0.1 and required[-1] > 0.9
    assert required[2] == pytest.approx(max(forest.best, 0.5))


def test_overlap_counts_both_end_frames():
    shares = overlaps(np.array([[10, 12, 14]]), np.array([[12.0, 16.0, 1.0], [15.0, 20.0, 1.0]]))
    assert shares.tolist() == [[3 / 7, 0.0]]


def test_score_for_other_features_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", features=np.array(["peak"]))
    with pytest.raises(InputError, match="other features; fit it again"):
        Score(tmp_path / "other.npz")
    (tmp_path / "broken.npz").write_text("nothing")
    with pytest.raises(InputError, match="cannot be read"):
        Score(tmp_path / "broken.npz")

import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.spotting.features import FEATURES
from micron_bert.spotting.fitting.choice import MOST_ALARMS, Told, choose, overlaps, tell
from micron_bert.spotting.fitting.fit import fit, wanted_corrections
from micron_bert.spotting.fitting.trees import arrays_of, grow_extents, grow_forest
from micron_bert.spotting.score import Forest, Score, Trees


def films(rng, length, count=5):
    """Films whose expressions are the candidates with a large first feature, which are read as 8 frames long."""
    made = []
    for _ in range(count):
        features = rng.normal(size=(60, len(FEATURES)))
        features[:, 1:][rng.random(features[:, 1:].shape) < 0.05] = np.nan
        onset = 40 * np.arange(60)
        true = features[:, 0] > 0.8
        made.append(
            {
                "micro_features": features,
                "micro_extents": np.stack([onset, onset + 4, onset + 8], axis=1),
                "micro_events": np.stack([onset, onset + length, 0 * onset + 1], axis=1)[true].astype(float),
                "fps": np.array(40.0),
                "seconds": np.array(60.0),
            }
        )
    return made


@pytest.fixture(scope="module")
def fitted():
    made = films(np.random.default_rng(0), length=18)
    lines = []
    return made, Forest({name: np.array(a) for name, a in fit(made, "micro", lines.append).items()}), lines


def test_score_knows_what_is_an_expression_and_where_it_ends(fitted):
    made, forest, lines = fitted
    features = np.concatenate([film["micro_features"] for film in made])
    labels = features[:, 0] > 0.8
    sure = forest.confidence(features)
    assert sure[labels].min() > np.quantile(sure[~labels], 0.9)
    assert (sure[labels] > forest.best).mean() > 0.8 > 0.1 > (sure[~labels] > forest.best).mean()
    # too short to be right as they were found: ten eighths of the length are missing at the end
    assert np.allclose(forest.corrections(features[labels]), [0, 1.25], atol=0.02)
    assert "ends moved; on unseen films: f1" in lines[0]


def test_extents_that_are_right_as_found_stay():
    lines = []
    made = films(np.random.default_rng(0), length=8)
    forest = Forest({name: np.array(a) for name, a in fit(made, "micro", lines.append).items()})
    assert not forest.corrections(np.nan_to_num(made[0]["micro_features"])).any()
    assert "ends as found; on unseen films: f1" in lines[0]


def test_trees_as_arrays_say_what_the_grown_ones_say():
    rng = np.random.default_rng(3)
    features, wanted = rng.normal(size=(300, 6)), rng.normal(size=(300, 2))
    labels = (features[:, 0] > 0).astype(int)
    votes, extents = grow_forest(features, labels), grow_extents(features, wanted)
    # leaves are kept in half precision
    assert np.allclose(Trees(arrays_of(votes))(features)[:, 0], votes.predict_proba(features)[:, 1], atol=1e-3)
    assert np.allclose(Trees(arrays_of(extents))(features), extents.predict(features), atol=3e-3)


def test_extents_are_learned_from_readings_of_events_alone():
    film = films(np.random.default_rng(1), length=12, count=1)[0]
    wanted = wanted_corrections(film, "micro")
    true = film["micro_features"][:, 0] > 0.8
    assert np.isnan(wanted[~true]).all() and np.allclose(wanted[true], [0, 0.5])


def test_the_surest_reading_of_a_movement_is_told():
    extents = np.array([[10, 12, 20], [11, 13, 21], [40, 45, 50], [60, 65, 70]])
    told = tell(extents, np.array([0.6, 0.9, 0.3, 0.5]), np.array([[11.0, 21.0, 0.7], [41.0, 50.0, 0.3]]), 1.0)
    assert told.votes.tolist() == [0.9, 0.5, 0.3] and told.hits.tolist() == [0, -1, 1]


def test_no_more_is_told_than_may_be_wrong():
    # ten right and then one wrong after another: the best F1 would take more false alarms than a minute may have
    votes = np.linspace(0.9, 0.1, 40)
    hits = np.where(np.arange(40) % 2 == 0, np.arange(40) // 2, -1)
    told = Told(votes, hits, np.ones(20), 4.0)
    least, gives = choose([told], "micro", 1.0)
    assert gives["false alarms a minute"] <= MOST_ALARMS and gives["recall"] == pytest.approx(5 / 20)
    assert least == votes[8]
    assert choose([told], "macro", 1.0)[1]["recall"] == 1
    # finding what is too small to be seen is no false alarm
    faint = Told(votes, hits, np.where(np.arange(20) < 10, 1.0, 0.3), 20.0)
    assert choose([faint], "micro", 1.0)[1]["recall"] == 1


def test_strictness_asks_for_more_and_more():
    forest = Score().kinds["micro"]
    required = [forest.required(strictness) for strictness in (0, 0.25, 0.5, 0.75, 1)]
    assert required == sorted(required) and required[0] < 0.1 and required[-1] > 0.9
    assert required[2] == pytest.approx(forest.best)


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

import numpy as np
import pytest

from benchmarks.evidence.bootstrap import Sample, Score, weighted_mean


def test_weighted_mean_repeats_people():
    values, people = np.array([1.0, 2.0, 6.0]), np.array([0, 1, 1])
    assert weighted_mean(values, people, np.array([[1, 1], [2, 1], [0, 0]]))[:2].tolist() == [3.0, 2.5]
    assert np.isnan(weighted_mean(values, people, np.zeros((1, 2)))[0])


def test_interval_holds_the_mean_and_widens_with_alike_pairs():
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(20), 30)
    seeds = np.zeros(600, int)
    of_person = rng.normal(size=20)[people]
    independent = rng.normal(size=600)
    wide, narrow = (Sample(people, seeds, 20).mean(values) for values in (of_person, independent))
    assert wide.low < of_person.mean() < wide.high
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def test_spread_over_seeds():
    sample = Sample(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), 2)
    score = sample.mean(np.array([0.0, 0.0, 1.0, 1.0]))
    assert (score.value, score.pairs, score.people) == (0.5, 4, 2)
    assert score.sd == pytest.approx(np.std([0, 1], ddof=1))


def test_nothing_to_score():
    score = Sample(np.zeros(3, int), np.zeros(3, int), 1).mean(np.full(3, np.nan))
    assert score.cell() == "–"


def test_few_people_have_no_interval():
    score = Sample(np.array([0, 1, 2, 3]), np.zeros(4, int), 4).mean(np.array([0.0, 1.0, 0.0, 1.0]))
    assert score.cell() == ".500"
    assert score.as_dict()["low"] is None


def test_cell():
    assert Score(0.9241, 0.91, 0.936, 0.004, 10, 2).cell() == ".924 ± .004 [.91, .94]"
    assert Score(0.078, 0.05, 0.1, None, 10, 2).cell(percent=True) == "7.8 % [5.0, 10.0]"

import numpy as np
import pytest
import torch

from micron_bert.errors import InputError
from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.model.course_micron_bert import MicronBertCourseHead
from micron_bert.spotting.decision import Calibration, Finding
from micron_bert.training.course import fit
from micron_bert.training.course.choice import MOST_ALARMS, Ranking, Told, choose, tell
from micron_bert.training.course.examples import Example
from micron_bert.training.course.fit import is_held_out, judge, new_head
from micron_bert.training.course.learning import learn

STEP = 0.04


def example(rng, events=True):
    """Six seconds: expressions of three classes move three rows of patches there and back; speech moves a fourth."""
    count, rows = 150, []
    times = STEP * np.arange(count)
    position = 0.02 * rng.standard_normal((count, 4, 4, 4)).astype(np.float32)
    position[:, 1, 3] += np.cumsum(0.2 * rng.standard_normal(count))[:, None]
    for begin in (1.0, 3.5) if events else ():
        onset, label = begin + rng.uniform(0, 0.6), int(rng.integers(3))
        apex, offset = onset + 0.2, onset + 0.44
        bump = np.clip(np.minimum((times - onset) / 0.2, (offset - times) / 0.24), 0, 1)
        position[:, 0, label] += 2 * bump[:, None]
        rows.append([onset, apex, offset, label, 2.0, 0])
    maps, logits = np.zeros((count, 2, 4, 4), np.float32), np.zeros((count, 3, 4), np.float32)
    return Example(position, maps, logits, np.array(rows, float).reshape(-1, 6), str(rng.integers(100)), "real")


@pytest.fixture(scope="module")
def config():
    return MicronBertConfig.preset("tiny", num_labels=4, image_size=32, course_hidden_size=24)


@pytest.fixture(scope="module")
def learned(config):
    rng = np.random.default_rng(0)
    head, lines = new_head(config, 0), []
    known = [example(rng, events=number % 4 > 0) for number in range(24)]
    learn(head, known, {"real": 1.0}, 150, report=lines.append)
    return head, lines


def test_head_learns_where_what_and_how_long(learned):
    head, lines = learned
    assert not head.training and not any(p.requires_grad for p in head.parameters())
    assert lines and "kind" in lines[-1]
    rng = np.random.default_rng(9)
    courses = [(one, tell(head, one)) for one in (example(rng) for _ in range(10))]
    found = Ranking.of(courses, "micro").at(0.4)
    assert found["recall"] >= 0.8 and found["named"] >= 0.9 and found["alarms a minute"] <= 1
    hits = [(e.events[t.hit], t.finding) for e, told in courses for t in told if t.hit >= 0]
    assert np.mean([abs(finding.apex - event[1]) for event, finding in hits]) < 0.06


def test_learning_repeats_from_its_seed(config):
    heads = []
    for _ in range(2):
        rng = np.random.default_rng(1)
        heads.append(new_head(config, 5))
        learn(heads[-1], [example(rng) for _ in range(3)], {"real": 1.0}, 3, seed=5, report=lambda line: None)
    assert all(torch.equal(a, b) for a, b in zip(*(h.state_dict().values() for h in heads), strict=True))


def test_scores_are_judged_on_unseen_courses(monkeypatch):
    rng, lines = np.random.default_rng(4), []
    examples = [example(rng, events=number % 2 > 0) for number in range(40)]

    def told(head, one):
        """Both expressions with high scores, the second as a macro-expression, and in each course one false alarm."""
        found = []
        for number, (onset, apex, offset, *_) in enumerate(one.events):
            kind = ("micro", "macro")[number]
            found.append(Told(Finding(kind, onset, apex, offset, rng.uniform(0.5, 0.9), 0.5), 0, number, True))
        kind = ("micro", "macro")[int(rng.integers(2))]
        return [*found, Told(Finding(kind, 5.0, 5.1, 5.3, rng.uniform(0.1, 0.6), 0.5), 0, -1, False)]

    monkeypatch.setattr(fit, "tell", told)
    for one in examples[1::2]:
        one.events[1, 5] = 1
    for slope, intercept, best in judge(None, examples, lines.append):
        assert slope > 0 and 0.05 <= best <= 0.95
        sure = [Calibration(slope, intercept, best).confidence(score) for score in (0.2, 0.8)]
        assert sure[0] < best < sure[1]
    assert "recall" in lines[0] and "alarms a minute" in lines[0]


def test_no_more_false_alarms_are_chosen_than_bearable():
    scores = np.linspace(0.95, 0.05, 20)
    hits = np.arange(20) % 2 == 0
    ranking = Ranking(scores, hits, np.where(hits, 1.0, 0.0), ~hits, hits, np.ones(10), 10.0)
    least = choose(ranking, "micro")
    assert ranking.at(least)["alarms a minute"] <= MOST_ALARMS["micro"] < ranking.at(least - 0.1)["alarms a minute"]


def test_a_threshold_lies_in_the_middle_of_what_makes_no_difference():
    scores, hits = np.array([0.98, 0.97, 0.9, 0.1, 0.05]), np.array([True, True, True, False, False])
    ranking = Ranking(scores, hits, np.where(hits, 3.0, 0.0), ~hits, hits, np.full(3, 3.0), 10.0)
    assert choose(ranking, "macro") == pytest.approx(0.5)  # between .9 and .1, in log-odds


def test_nothing_told_cannot_be_judged(config):
    head = MicronBertCourseHead(config).eval()
    torch.nn.init.zeros_(head.kind.weight)
    head.kind.bias.data = torch.tensor([20.0, 0.0, 0.0])
    with pytest.raises(InputError, match="make more films"):
        judge(head, [example(np.random.default_rng(0))])


def test_people_are_held_out_by_their_names():
    held = [is_held_out(f"person{number}") for number in range(700)]
    assert 70 < sum(held) < 130 and held == [is_held_out(f"person{number}") for number in range(700)]

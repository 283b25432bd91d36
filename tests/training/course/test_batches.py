import numpy as np
import pytest

from micron_bert.model.course_steps_micron_bert import STEP
from micron_bert.training.course import batches
from micron_bert.training.course.batches import batch_of, draw_window
from micron_bert.training.course.examples import Example

EVENT = [1.01, 1.2, 1.41, 1, 1.5, 0]


def example(count=150, events=(EVENT,)):
    """A face of which the right half moves to the right at the event."""
    times = STEP * np.arange(count)
    position = np.zeros((count, 4, 4, 4), np.float32)
    for onset, apex, offset, *_ in events:
        bump = np.clip(np.minimum((times - onset) / (apex - onset), (offset - times) / (offset - apex)), 0, 1)
        position[:, 0, :, 2:] += bump[:, None, None]
    maps, logits = np.zeros((count, 2, 4, 4), np.float32), np.ones((count, 3, 4), np.float32)
    return Example(position, maps, logits, np.array(events, float).reshape(-1, 6))


@pytest.fixture
def plain(monkeypatch):
    for name, value in {
        "STRETCH": (1, 1),
        "SIZE": 0,
        "NOISE": 0,
        "DRIFT": 0,
        "SLOW": 0,
        "MUTE": 0,
        "MIX": 0,
        "SHIFT": 0,
    }.items():
        monkeypatch.setattr(batches, name, value)


def test_window_and_its_targets_stay_together(plain):
    rng, seen = np.random.default_rng(0), set()
    for _ in range(40):
        position, _, logits, targets = draw_window(example(), rng, 60)
        moved = np.abs(position[:, 0]).max(axis=(1, 2))
        assert len(position) == len(targets.kind) == 60 and logits.all()
        assert np.array_equal(moved > 0, targets.kind == 1)
        assert targets.apex.argmax() == moved.argmax() or not moved.any()
        # in a mirror the left half moves to the left
        side = "mirrored" if position[:, 0].min() < 0 else "as it was"
        seen.add(side if moved.any() else "nothing")
        if side == "mirrored":
            assert not position[:, 0, :, 2:].any()
    assert {"mirrored", "as it was", "nothing"} <= seen


def test_stretched_time_moves_the_truth_with_it(plain, monkeypatch):
    monkeypatch.setattr(batches, "STRETCH", (1.2, 1.2))
    rng = np.random.default_rng(1)
    for _ in range(10):
        position, *_, targets = draw_window(example(), rng, 100)
        moved = np.abs(position[:, 0]).max(axis=(1, 2))
        if moved.max() > 0.9 and 5 < moved.argmax() < 95:
            assert abs(int(targets.apex.argmax()) - int(moved.argmax())) <= 1


def test_short_course_is_filled_with_what_does_not_count(plain):
    _, _, _, targets = draw_window(example(30), np.random.default_rng(0), 60)
    assert targets.weight[:24].any() and not targets.weight[30:].any() and (targets.label[30:] == -1).all()


def test_batches_repeat_from_a_seed_and_may_be_mixed(monkeypatch):
    monkeypatch.setattr(batches, "MIX", 1.0)
    monkeypatch.setattr(batches, "SHIFT", 1.0)
    some, quiet = [example(), example()], [example(events=())]
    quiet[0].position[:, 1] = np.arange(150, dtype=np.float32)[:, None, None]
    one, other = (batch_of(some, np.random.default_rng(3), 60, quiet) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one[:3], other[:3], strict=True))
    assert tuple(one[0].shape) == (2, 60, 4, 4, 4) and tuple(one[3].kind.shape) == (2, 60)
    assert (one[0][:, 30, 1] - one[0][:, 10, 1]).abs().min() > 3, "the other's movement is there"
    assert not one[2].any(), "the pair classifier has not seen both"


def test_neighbours_tremble_alike_and_steps_follow_each_other():
    moved = np.concatenate([batches.tremble(np.random.default_rng(seed), 400, 14)[:, 2:] for seed in range(5)])
    assert moved.shape == (2000, 2, 14, 14) and moved.dtype == np.float32
    beside = np.corrcoef(moved[..., 1:].ravel(), moved[..., :-1].ravel())[0, 1]
    apart = np.corrcoef(moved[..., 0, 0].ravel(), moved[..., 13, 13].ravel())[0, 1]
    after = np.corrcoef(moved[1:].ravel(), moved[:-1].ravel())[0, 1]
    assert beside > 0.9 and abs(apart) < 0.3 and after > 0.4
    assert np.abs(moved).max() < 6 * batches.TREMBLE[1]

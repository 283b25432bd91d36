import numpy as np
import pytest

from micron_bert.model.course_steps_micron_bert import STEP
from micron_bert.spotting.steps import Step, Steps


def frames_at(times, value):
    """Frames of which every number is `value` of their time."""
    shapes = ((4, 3, 3), (2, 3, 3), (3, 4))
    return [Step(float(t), *(np.full(shape, value(t), np.float32) for shape in shapes)) for t in times]


def stepped(frames, at_once=True):
    steps, told = Steps(), []
    for frame in frames:
        told += steps.push(frame)
    return told + steps.finish()


@pytest.mark.parametrize("fps", [15, 25, 30, 40, 200])
def test_steps_are_even_whatever_the_rate(fps):
    times = 0.7 + np.arange(round(2 * fps)) / fps
    told = stepped(frames_at(times, lambda t: 3 * t))
    moments = np.array([step.time for step in told])
    assert np.allclose(np.diff(moments), STEP) and moments[0] == pytest.approx(0.7)
    assert times[-1] - STEP < moments[-1] <= times[-1] + 1e-6
    values = np.array([step.position.mean() for step in told])
    # a straight line stays where it is, away from the ends
    assert np.allclose(values[2:-2], 3 * moments[2:-2], atol=3 * 0.003)


def test_many_frames_average_their_noise_out():
    rng = np.random.default_rng(0)
    noise = [np.std([s.position.mean() for s in stepped(frames_at(np.arange(0, 4, 1 / fps), lambda t: rng.normal()))])
             for fps in (25, 200)]  # fmt: skip
    assert noise[1] < 0.5 * noise[0]


def test_a_stream_waits_for_no_more_than_it_needs():
    steps, frames = Steps(), frames_at(np.arange(60) / 30, lambda t: t)
    for frame in frames:
        for step in steps.push(frame):
            assert frame.time - step.time <= STEP + 1 / 30 + 1e-6
        assert len(steps.frames) <= 6, "memory is bounded"


def test_a_gap_is_bridged():
    times = np.concatenate([np.arange(20) / 25, 0.3 + np.arange(20, 40) / 25])
    told = stepped(frames_at(times, lambda t: t))
    assert np.allclose([s.position.mean() for s in told], [s.time for s in told], atol=0.12)


def test_one_frame_is_one_step():
    (step,) = stepped(frames_at([2.0], lambda t: 5.0))
    assert step.time == 2.0 and step.maps.mean() == 5.0
    assert not stepped([])

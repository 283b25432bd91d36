import numpy as np
import pytest
import torch

from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.model.course_micron_bert import MicronBertCourseHead
from micron_bert.model.course_steps_micron_bert import STEP
from micron_bert.model.runtime_micron_bert import TorchCourse
from micron_bert.spotting.reading import CourseReader
from micron_bert.spotting.steps import Step


@pytest.fixture(scope="module")
def head():
    torch.manual_seed(0)
    config = MicronBertConfig.preset("tiny", num_labels=4, course_hidden_size=16)
    return MicronBertCourseHead(config).eval()


@pytest.fixture(scope="module")
def steps():
    rng = np.random.default_rng(0)
    position = np.cumsum(0.1 * rng.standard_normal((320, 4, 14, 14), np.float32), axis=0)
    return [
        Step(STEP * n, place, rng.random((2, 14, 14), np.float32), rng.standard_normal((3, 4)).astype(np.float32))
        for n, place in enumerate(position)
    ]


def numbers(readings):
    return np.array([[*r.kind, *r.classes, r.apex, r.onset, r.offset] for r in readings])


@pytest.mark.parametrize("every", [1, 3, 50])
def test_a_stream_is_read_as_the_whole(head, steps, every):
    whole, stream, told = CourseReader(TorchCourse(head)), CourseReader(TorchCourse(head)), []
    whole.push(steps)
    for first in range(0, len(steps), every):
        stream.push(steps[first : first + every])
        told += stream.read()
        assert len(stream.steps) <= head.back + head.ahead + every, "memory is bounded"
    told += stream.read(finished=True)
    assert [reading.time for reading in told] == [step.time for step in steps]
    assert np.allclose(numbers(told), numbers(whole.read(finished=True)), atol=1e-4)


def test_nothing_is_told_before_what_it_hangs_on_is_there(head, steps):
    reader = CourseReader(TorchCourse(head))
    reader.push(steps[: head.ahead])
    assert reader.read() == []
    reader.push(steps[head.ahead : head.ahead + 1])
    assert [reading.time for reading in reader.read()] == [0.0]


def test_answers_do_not_hang_on_the_reference(head, steps):
    told = []
    for shift in (0.0, 7.0):
        reader = CourseReader(TorchCourse(head))
        reader.push([step._replace(position=step.position + np.float32(shift)) for step in steps[:150]])
        told.append(numbers(reader.read(finished=True)))
    assert np.allclose(*told, atol=1e-3)

import numpy as np

from micron_bert.model.course_steps_micron_bert import KINDS, STEP
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.training.course.examples import Example, course_of, targets_of

MICRO, MACRO = [1.0, 1.2, 1.4, 2, 1.5, 0], [2.0, 2.6, 3.4, 0, 6.0, 1]


def test_targets_say_what_when_and_how_long_still():
    targets = targets_of(np.array([MICRO, MACRO]), 100)
    times = STEP * np.arange(100)
    at = {time: int(round(time / STEP)) for time in (0.4, 1.04, 1.2, 2.6, 3.6)}
    assert [KINDS[targets.kind[at[t]]] for t in (0.4, 1.2, 2.6, 3.6)] == ["none", "micro", "macro", "none"]
    assert [targets.label[at[t]] for t in (0.4, 1.2, 2.6)] == [-1, 2, 0]
    assert targets.apex[at[1.2]] == targets.apex[at[2.6]] == 1 and targets.apex[at[3.6]] < 0.01
    assert np.allclose(targets.ends[at[2.6]], [0.6, 0.8], atol=1e-6)
    # where a rise begins, nobody can say
    assert targets.weight[at[0.4]] == targets.weight[at[1.2]] == 1
    assert targets.weight[np.flatnonzero(times > 2.0)[:2]].tolist() == [0, 0]
    assert targets_of(np.zeros((0, 6)), 5).kind.tolist() == [0] * 5


def test_a_kept_example_comes_back(tmp_path):
    rng = np.random.default_rng(0)
    made = Example(
        rng.random((9, 4, 2, 2), np.float32), rng.random((9, 2, 2, 2), np.float32), rng.random((9, 3, 4), np.float32),
        np.array([MICRO]), "somebody", "real",
    )  # fmt: skip
    made.save(tmp_path / "one.npz")
    back = Example.load(tmp_path / "one.npz")
    assert all(np.array_equal(value, vars(back)[name]) for name, value in vars(made).items())
    assert len(back) == 9 and back.minutes == 9 * STEP / 60


def test_course_of_a_still_face_stays():
    recognizer = Recognizer.from_pretrained(device="cpu")
    image = np.random.default_rng(0).integers(0, 255, (112, 112, 3), np.uint8)
    position, maps, logits = course_of(np.repeat(image[None], 20, axis=0), np.arange(20) / 25, recognizer)
    assert position.shape == (20, 4, 14, 14) and maps.shape == (20, 2, 14, 14) and logits.shape == (20, 3, 4)
    assert np.abs(np.diff(position, axis=0)).max() < 0.5 and not position[0].any()
    assert logits[12:].any(axis=(0, 2)).all(), "three lags have a frame by then"

import cv2
import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.faces.alignment import eye_centres
from micron_bert.faces.photograph import align_image
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.film import synthesize_film

QUIET = EventRates(micro=0, macro=0, speech=0, blink=0, gaze=0, turn=0, light=0, tremor=1e-6, head=(1e-6, 2e-6))


def make(photograph, landmarks, duration=6.0, fps=30.0, seed=0, **rates):
    return synthesize_film(
        photograph, landmarks, duration, fps, np.random.default_rng(seed), rates=EventRates(**rates)
    )


def quiet(**rates):
    return {**vars(QUIET), **rates}


@pytest.fixture(scope="module")
def film(photograph, photograph_landmarks):
    return make(photograph, photograph_landmarks, 12.0, micro=20, macro=5)


def eye_distance(frame):
    aligned = align_image(frame)
    eyes = eye_centres(aligned.landmarks)
    scale = np.hypot(*aligned.transform[0, :2])
    return float(np.hypot(*(eyes[1] - eyes[0]))) / scale


def test_same_seed_same_bits_whatever_part_is_asked_for(film, photograph, photograph_landmarks):
    again = make(photograph, photograph_landmarks, 12.0, micro=20, macro=5)
    whole = list(again.frames(30, 34))
    np.testing.assert_array_equal(next(film.frames(32)), whole[2])
    np.testing.assert_array_equal(list(film.frames(30, 34, 2)), whole[::2])
    assert again.events == film.events and again.others == film.others
    other = make(photograph, photograph_landmarks, 12.0, seed=1)
    assert other.events != film.events


def test_frames_are_pictures_of_a_face_of_the_stated_width(film):
    for index in (0, 150, 359):
        frame = next(film.frames(index))
        assert frame.shape == (480, 640, 3) and frame.dtype == np.uint8
        # the distance of the eyes is about .45 of the face's width
        assert 60 < eye_distance(frame) < 115
    assert len(film) == 360 and film.duration == 12.0


def test_events_are_of_their_kind_and_keep_apart(film):
    assert [event.kind for event in film.events].count("micro") == 4
    assert [event.kind for event in film.events].count("macro") == 1
    for event in film.events:
        assert 0 <= event.onset < event.apex < event.offset < len(film)
        seconds = (event.offset - event.onset) / film.fps
        assert seconds <= 0.5 + 2 / film.fps if event.kind == "micro" else seconds >= 0.5
        low, high = (0.2, 2.0) if event.kind == "micro" else (2.0, 10.0)
        assert 0.9 * low <= event.amplitude <= high
    for one, next_one in zip(film.events, film.events[1:], strict=False):
        assert next_one.onset - one.offset > 0.5 * film.fps


def test_an_expression_moves_the_face_as_far_as_it_says(photograph, photograph_landmarks):
    film = make(
        photograph, photograph_landmarks, 4.0, **quiet(micro=15, micro_size=(3.0, 3.5))
    )  # larger than any, so that optical flow measures it
    event = film.events[0]
    before, apex, after = (
        cv2.cvtColor(next(film.frames(i)), cv2.COLOR_RGB2GRAY) for i in (event.onset, event.apex, event.offset)
    )
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    moved = np.linalg.norm(flow.calc(before, apex, None), axis=2)
    iod = eye_distance(next(film.frames(event.onset)))
    assert np.quantile(moved, 0.999) == pytest.approx(0.01 * event.amplitude * iod, rel=0.3)
    assert np.abs(after.astype(int) - before).max() <= 12  # noise
    assert np.abs(apex.astype(int) - before).max() > 20


def test_nothing_moves_where_nothing_happens(photograph, photograph_landmarks):
    film = make(photograph, photograph_landmarks, 1.0, **quiet())
    assert not film.events and not any(film.others.values())
    first, last = (next(film.frames(i)).astype(int) for i in (0, 29))
    assert np.abs(first - last).mean() < 3 and np.abs(first - last).max() <= 16


def test_a_blink_closes_the_eyes_and_nothing_else(photograph, photograph_landmarks):
    film = make(photograph, photograph_landmarks, 6.0, **quiet(blink=40))
    start, end = film.others["blink"][0]
    open_, shut = (next(film.frames(round(time * 30))).astype(int) for time in (start - 0.1, (start + end) / 2 - 0.05))
    change = cv2.GaussianBlur(np.abs(open_ - shut).sum(axis=2).astype(np.float32), (0, 0), 1.5)
    landmarks = film.landmarks
    eyes = eye_centres(landmarks)
    iod = eyes[1, 0] - eyes[0, 0]
    y, x = np.nonzero(change > 25)
    assert len(y) > 50
    assert np.abs(y - eyes[0, 1]).max() < 0.35 * iod


def test_speech_moves_the_jaw_several_times_a_second(photograph, photograph_landmarks):
    film = make(photograph, photograph_landmarks, 12.0, fps=60.0, **quiet(speech=0.3, speech_size=(4.0, 5.0)))
    start, end = film.others["speech"][0]
    left, top = np.floor(film.landmarks.min(axis=0)).astype(int)
    right, bottom = np.ceil(film.landmarks.max(axis=0)).astype(int)
    crops = [
        cv2.cvtColor(np.ascontiguousarray(frame[top:bottom, left:right]), cv2.COLOR_RGB2GRAY)
        for frame in film.frames(round(start * 60), round(end * 60), 2)
    ]
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    fields = np.array([flow.calc(crops[0], crop, None)[..., 1] for crop in crops])
    chin, brows = (np.round(film.landmarks[k] - (left, top)).astype(int) for k in (18, 9))
    jaw, forehead = (
        fields[:, y - 3 : y + 4, x - 3 : x + 4].mean(axis=(1, 2)) for x, y in (chin, brows)
    )  # fmt: skip
    power = np.abs(np.fft.rfft(jaw - jaw.mean())) ** 2
    frequencies = np.fft.rfftfreq(len(jaw), 1 / 30)
    assert end - start >= 2 and np.ptp(jaw) > 1 and np.ptp(jaw) > 4 * np.ptp(forehead)
    assert power[(frequencies > 2) & (frequencies < 8)].sum() > 0.5 * power.sum()


def test_the_head_turns_and_comes_along(photograph, photograph_landmarks):
    film = make(photograph, photograph_landmarks, 8.0, **quiet(turn=15, turn_size=8.0))
    assert film.others["turn"]
    time, end = film.others["turn"][0]
    before, after = (align_image(next(film.frames(round(t * 30)))) for t in (time, end + 0.1))
    shift = np.linalg.norm(before.transform[:, 2] - after.transform[:, 2])
    assert shift > 1


def test_light_changes_the_whole_picture(photograph, photograph_landmarks):
    film = make(photograph, photograph_landmarks, 10.0, **quiet(light=20, light_size=0.1))
    means = [next(film.frames(index)).mean() for index in range(0, 300, 30)]
    assert max(means) / min(means) > 1.05


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fps": 5.0}, "`fps`"),
        ({"duration": -1.0}, "`duration`"),
        ({"landmarks": np.zeros((5, 2))}, "468"),
        ({"photograph": np.zeros((9, 9), np.uint8)}, "RGB"),
        ({"rates": EventRates(micro=200)}, "do not fit"),
    ],
)
def test_says_what_is_wrong(photograph, photograph_landmarks, change, said):
    arguments = {"photograph": photograph, "landmarks": photograph_landmarks, "duration": 10.0, "fps": 30.0, **change}
    with pytest.raises(InputError, match=said):
        synthesize_film(rng=np.random.default_rng(0), **arguments)

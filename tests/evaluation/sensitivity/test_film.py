"""Pictures of a film with expressions on the face: what moves, when, and by how much."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from micron_bert.errors import NoFaceError
from micron_bert.evaluation.sensitivity.film import CROP, FollowedFilm
from micron_bert.evaluation.sensitivity.measurement import drawn
from micron_bert.faces.alignment import EYE_DISTANCE, transform_points
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.real.injection import field_of
from micron_bert.video.reader import open_video
from micron_bert.video.writer import write_video


@pytest.fixture(scope="module")
def expression(film):
    return drawn(film, (3.0, 3.0), 0, 0)[0]


def pictures(film, *expressions, rate_factor=None):
    return [frame.image.astype(np.int16) for frame in film.frames(expressions, rate_factor)]


def test_the_face_is_followed(film):
    assert film.fps == pytest.approx(25) and film.seconds == pytest.approx(3.2 - 0.04, abs=0.01)
    assert 40 < film.eyes < 70  # of the astronaut, 55 pixels
    assert film.landmarks.shape == (80, 468, 2) and film.transforms.shape == (80, 2, 3)


def test_without_an_expression_the_frames_are_those_of_the_film(film):
    with open_video(film.source) as video:
        asked = list(video.frames())
    for frame, own in zip(asked, film.frames(), strict=True):
        assert frame[:2] == own[:2] and (frame.image == own.image).all()


def test_pictures_change_from_onset_to_offset_alone_and_by_the_size_that_was_asked(film, expression):
    before, after = pictures(film), pictures(film, expression)
    course = expression.course
    for time, one, other in zip(film.times, before, after, strict=True):
        assert (one != other).any() == (course.onset < time < course.offset) or np.abs(one - other).max() <= 1
    apex = int(np.abs(film.times - course.apex).argmin())
    field = field_of(expression, film.landmarks, film.times, CROP, Habits())
    lengths = np.hypot(*field)
    assert lengths.max() == pytest.approx(0.03 * EYE_DISTANCE * CROP, rel=0.35)
    # where the field is largest the picture has moved by it
    row, column = np.unravel_index(lengths.argmax(), lengths.shape)
    back = np.linalg.inv(np.vstack([film.transforms[apex], [0, 0, 1]]))[:2]
    x, y = np.round(transform_points(back, np.array([[column, row]], float))[0]).astype(int)
    share = float(course.intensity(film.times[apex : apex + 1])[0])
    dx, dy = share * (back[:, :2] @ field[:, row, column])
    around = np.mgrid[y - 6 : y + 7, x - 6 : x + 7]

    def error(factor):
        places = around - factor * np.array([dy, dx])[:, None, None]
        moved = map_coordinates(before[apex].mean(-1), places)
        return np.abs(moved - after[apex].mean(-1)[tuple(around)]).mean()

    assert error(1) < 0.5 * error(0) and error(0) < error(-1)


def test_compression_keeps_number_and_times_of_the_frames(film, expression):
    plain, poor = list(film.frames([expression])), list(film.frames([expression], 35))
    assert [frame[:2] for frame in plain] == [frame[:2] for frame in poor]
    errors = [np.abs(one.image.astype(int) - other.image).mean() for one, other in zip(plain, poor, strict=True)]
    assert 0.5 < np.mean(errors) < 10


def test_nothing_is_put_where_the_face_is_not_followed(film, expression):
    course = expression.course
    away = (film.times < course.onset) | (film.times > course.offset)
    parts = {name: getattr(film, name)[away] for name in ("times", "transforms", "landmarks")}
    gap = replace(film, **parts)
    assert film.shows(expression) and not gap.shows(expression)


def test_lips_that_move_are_speech(film, expression):
    assert not film.talks(expression)
    lips = film.landmarks.copy()
    lips[::2, 14, 1] += 3
    assert replace(film, landmarks=lips).talks(expression)


def test_a_film_without_a_face_is_refused(tmp_path):
    grey = write_video(tmp_path / "grey.mp4", np.full((30, 96, 96, 3), 128, np.uint8), 25)
    with pytest.raises(NoFaceError, match="No face was found in `.*grey.mp4`"):
        FollowedFilm.of(grey, 0.0, 1.0)

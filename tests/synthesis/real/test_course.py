import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.synthesis.real.course import load_courses, measure_course, save_course


@pytest.fixture(scope="module")
def course(film):
    return measure_course(film, source="NASA", licence="public domain")


def test_the_chin_s_way_is_measured(course, film, chin):
    # from where in the typical frame: against the way of the chin
    moved = course.field(24) - course.field(0)
    assert moved[1, 90:100, 50:62].mean() == pytest.approx(-chin[1, 90:100, 50:62].mean(), abs=0.4)
    assert np.abs(moved[:, 20:60, 30:80]).mean() < 0.15


def test_a_course_knows_the_noise_of_its_camera(course):
    assert course.noise == pytest.approx(1.0, abs=0.35)  # the fine part of noise of one grey level


def test_a_bank_gives_back_what_was_stored(course, tmp_path):
    path = save_course(course, tmp_path / "bank")
    (loaded,) = load_courses(tmp_path / "bank")
    assert (loaded.source, loaded.licence, loaded.subject, loaded.size) == ("NASA", "public domain", "nasa", 112)
    assert np.array_equal(loaded.displacement, course.displacement) and np.array_equal(loaded.times, course.times)
    assert path.stat().st_size < 5000 * len(course)


def test_what_is_no_bank_is_refused(tmp_path):
    with pytest.raises(InputError, match="measure-courses"):
        load_courses(tmp_path)
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    with pytest.raises(InputError, match="no course of movement"):
        load_courses(tmp_path)

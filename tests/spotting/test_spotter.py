"""Spotting in files: every frame is told of, the strongest movement is named without reading the film again."""

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from micron_bert.errors import InputError, NoFaceError
from micron_bert.recognition.detection import detection_of
from micron_bert.spotting import Curve, Spotter
from micron_bert.spotting.interval import REGIONS
from micron_bert.video.writer import write_video


@pytest.fixture(scope="module")
def path(film, tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("film") / "film.mp4", film[1], 30.0)


@pytest.fixture(scope="module")
def spotter(recognizer):
    return Spotter(recognizer)


def test_every_frame_is_told_with_its_face(spotter, path, film):
    told, times = {}, []
    spotting = spotter.spot(
        path,
        progress=lambda time, last: times.append((time, last)),
        on_frame=lambda frame, update: told.update({frame.index: update.box}),
    )
    assert list(told) == list(range(len(film[1]))) == spotting.curve.indices.tolist()
    left, top, right, bottom = told[0]
    assert 0 < left < right < 512 and 0 < top < bottom < 512
    assert times[-1][0] == pytest.approx(spotting.curve.times[-1]) and times[0][1] == pytest.approx(3.0, abs=0.05)


def test_strongest_movement_is_named_where_nothing_was_found(spotter, path, film):
    (event,) = film[0].events
    times = np.arange(len(film[1])) / 30
    movement = np.exp(-(((times - event.apex / 30) / 0.1) ** 2))
    curve = Curve(times, np.arange(len(times)), movement, dict.fromkeys(REGIONS, movement), movement > -1)
    found = spotter.name(path, detection_of([], None, spotter.thresholds), curve)
    assert found.label == "none" and abs(found.apex - event.apex) <= 4
    assert found.probabilities["none"] == 1


def test_strictness_asks_for_more(recognizer):
    lax, strict = (Spotter(recognizer, strictness).thresholds for strictness in (0.1, 0.9))
    assert all(lax[kind] < strict[kind] for kind in ("micro", "macro"))
    with pytest.raises(InputError, match="`strictness` is `1.5`"):
        Spotter(recognizer, 1.5)


def test_one_frame_is_no_film(spotter, tmp_path):
    (tmp_path / "one").mkdir()
    Image.fromarray(astronaut()).save(tmp_path / "one" / "0.png")
    with pytest.raises(InputError, match="in one frame only"):
        spotter.spot(tmp_path / "one", fps=25.0)


def test_film_without_the_face_is_refused(spotter, tmp_path):
    blank = write_video(tmp_path / "blank.mp4", [np.full((128, 128, 3), 90, np.uint8)] * 8, 30)
    with pytest.raises(NoFaceError, match="No face was found in `.*blank.mp4`"):
        spotter.spot(blank)
    one = write_video(tmp_path / "one.mp4", [astronaut()[:300, 100:400]] * 8, 30)
    with pytest.raises(InputError, match="`face` is `2`, but .* shows 1 face"):
        spotter.spot(one, face=2)

"""A visitor's clip: the moment, the curve, and small pictures of the face."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from micron_bert.demo import analysis as module
from micron_bert.demo.analysis import SHOWN_SIDE
from micron_bert.demo.answer import _classes, _verdict, no_result
from micron_bert.demo.views import data_uri
from micron_bert.errors import InputError, NoFaceError
from micron_bert.recognition.detection import Detection
from micron_bert.spotting import Interval
from micron_bert.video.reader import open_video


def quiet(share, words):
    """Nobody listens."""


def test_moment_of_the_clip(analysis, film):
    _, clip = film
    assert clip.onset - 3 <= analysis.recognition.apex <= clip.offset + 3
    assert analysis.recognition.onset < analysis.recognition.apex
    assert analysis.curve.indices.tolist() == list(range(len(clip.frames)))
    np.testing.assert_allclose(analysis.curve.times, np.arange(len(clip.frames)) / clip.fps, atol=1e-3)


def test_words_about_the_progress(analysis, told):
    shares, words = zip(*told, strict=True)
    assert list(shares) == sorted(shares) and 0 <= shares[0] and shares[-1] <= 1
    assert words[0] == "Looking at the file" and "Following the face: 0.5 s" in words


def test_faces_are_where_the_face_is(analysis, film):
    path, clip = film
    assert {analysis.recognition.onset, analysis.recognition.apex} <= analysis.faces.keys()
    face = np.asarray(Image.open(io.BytesIO(analysis.faces[0])), float)
    assert face.shape == (SHOWN_SIDE, SHOWN_SIDE, 3)
    left, top = clip.landmarks.min(axis=0)
    right, bottom = clip.landmarks.max(axis=0)
    centre, side = np.array([left + right, top + bottom]) / 2, 1.5 * max(right - left, bottom - top)
    with open_video(path) as video:
        first = Image.fromarray(next(iter(video)).image)
    box = (*(centre - side / 2), *(centre + side / 2))
    expected = np.asarray(first.resize((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.BILINEAR, box), float)
    correlation = np.corrcoef(face.ravel(), expected.ravel())[0, 1]
    assert correlation > 0.9 > 0.7 > np.corrcoef(face.ravel(), np.roll(expected, 24, 1).ravel())[0, 1]


def test_slider_gets_no_more_frames_than_it_can_show(film, monkeypatch):
    monkeypatch.setattr(module, "SHOWN_FRAMES", 5)
    boxes = {number: (150.0, 60.0, 290.0, 200.0) for number in range(len(film[1].frames))}
    faces = dict(module._faces(film[0], boxes, {12, 15}))
    assert {0, 12, 15} <= faces.keys() and 5 <= len(faces) <= 7


def test_expression_that_was_spotted(analyst, film, monkeypatch):
    path, clip = film
    extent = clip.onset, clip.apex, clip.offset
    seconds = tuple(number / clip.fps for number in extent)
    spotted = Interval(*extent, *seconds, "micro", 0.9, "mouth", 0, "surprise", {"surprise": 0.6})
    macro = Interval(0, 5, 20, 0.0, 0.2, 0.7, "macro", 0.95, "brows")
    course = analyst._follow(path, quiet)
    detection = replace(course.detection, detected="yes", reason=None, findings=(macro, spotted))
    monkeypatch.setattr(analyst, "_follow", lambda path, tell: replace(course, detection=detection))
    analysis = analyst.analyse_clip(path, quiet)
    found = analysis.recognition
    assert (found.onset, found.apex, found.offset) == extent and found.micro_map.max() > 0.3
    assert found.times == dict(zip(("onset", "apex", "offset"), seconds, strict=True))
    # one movement, one name: the one that its course has
    assert found.label == analysis.interval.label == "surprise" and found.probabilities["surprise"] > 0.5
    assert found.detection.yes and found.probabilities["none"] == pytest.approx(0.1)
    assert analysis.intervals == [macro, spotted]


def test_calm_film_is_not_headed_by_an_emotion(analyst, film, monkeypatch):
    path, _ = film
    course = analyst._follow(path, quiet)
    for reason, detected, heading in (
        ("speech", "no", "## No micro-expression found\n"),
        ("small face", "cannot tell", "## Cannot tell\n"),
    ):
        strongest = Interval(12, 15, 20, 0.4, 0.5, 0.67, "micro", 0.2, "mouth", cause="speech", label="positive")
        detection = Detection(
            detected, reason, 0.2, 0.6, "micro", "speech", (), strongest, course.detection.reliability
        )
        monkeypatch.setattr(analyst, "_follow", lambda path, tell, told=detection: replace(course, detection=told))
        analysis = analyst.analyse_clip(path, quiet)
        assert analysis.interval is None and analysis.recognition.label == "none"
        verdict = _verdict(analysis)
        assert verdict.startswith(heading) and "positive" not in verdict.lower()
        assert "% of the distance between the eyes" in verdict


def test_macro_expression_has_no_name(analyst, film, monkeypatch):
    path, clip = film
    macro = Interval(
        0, clip.apex, 40, 0.0, clip.apex / clip.fps, 0.7, "macro", 0.95, "mouth", 0, "positive", {"positive": 1.0}
    )
    course = analyst._follow(path, quiet)
    detection = replace(course.detection, detected="yes", reason=None, findings=(macro,), threshold=0.6)
    monkeypatch.setattr(analyst, "_follow", lambda path, tell: replace(course, detection=detection))
    analysis = analyst.analyse_clip(path, quiet)
    verdict = _verdict(analysis) + _classes(analysis.recognition)
    assert verdict.startswith("## Macro-expression found\n") and "positive" not in verdict


def test_no_face(analyst, blank):
    with pytest.raises(NoFaceError, match="No face was found in `blank.mp4`; use a clip") as refused:
        analyst.analyse_clip(blank, quiet)
    seen = Image.open(io.BytesIO(refused.value.picture))
    assert seen.size == (128, 96)
    assert f"![A frame of the film, as it was read]({data_uri(refused.value.picture, 'jpeg')})" in no_result(
        refused.value
    )


def test_pair(analyst, pictures):
    analysis = analyst.analyse_pair(*pictures, quiet)
    assert analysis.recognition.label == "positive" and analysis.curve is None and not analysis.faces


def test_pair_that_shows_no_expression_is_headed_by_a_no(analyst, pictures):
    verdict = _verdict(analyst.analyse_pair(pictures[0], pictures[0], quiet))
    assert verdict.startswith("## No micro-expression found\n") and "positive" not in verdict


def test_pictures_of_two_sizes(analyst, pictures, tmp_path):
    other = tmp_path / "other.png"
    Image.open(pictures[1]).crop((0, 0, 500, 400)).save(other)
    with pytest.raises(InputError, match="has `512x512` pixels, the second one `500x400`"):
        analyst.analyse_pair(pictures[0], other, quiet)

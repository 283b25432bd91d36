"""The annotated film shows what was found, when it was, and nothing of it before and after."""

from dataclasses import replace

import numpy as np
import pytest

from micron_bert.recognition.annotated_film import annotate
from micron_bert.recognition.pair_views import pair_views
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting import Curve
from micron_bert.synthesis.clips.scene import synthesize_scene
from micron_bert.video.reader import Frame, open_video
from micron_bert.video.writer import write_video


@pytest.fixture(scope="module")
def film(face, tmp_path_factory):
    rng = np.random.default_rng(3)
    clip = synthesize_scene(*face, "happiness", amplitude=2.0, rng=rng, lead=0.3, tail=0.3)
    return write_video(tmp_path_factory.mktemp("film") / "smile.mp4", clip.frames, clip.fps), clip


@pytest.fixture(scope="module")
def recognition(film):
    path, clip = film
    given = Recognizer.from_pretrained(device="cpu").recognize(path, clip.onset, clip.apex)
    times = np.arange(len(clip.frames)) / clip.fps
    movement = np.where(np.abs(times - given.times["apex"]) < 0.05, 1.0, 0.1)
    curve = Curve(times, np.arange(len(times)), movement, {}, np.ones(len(times), bool))
    return replace(given, times={**given.times, "offset": given.times["apex"] + 0.1}, curve=curve)


@pytest.fixture(scope="module")
def shown(film, recognition):
    with open_video(film[0]) as video:
        frames = list(video)
    return frames, list(annotate(recognition, pair_views(recognition), frames))


def test_inset_is_there_while_the_expression_lasts(recognition, shown):
    frames, annotated = shown
    onset, end = recognition.times["onset"], recognition.times["offset"]
    for before, after in zip(frames, annotated, strict=True):
        corner = np.s_[4:100, -100:-4]
        changed = (before.image[corner] != after.image[corner]).mean() > 0.5
        assert changed == (onset <= before.time <= end)
        assert after.image.shape == before.image.shape and after.time == before.time


def test_inset_keeps_away_from_the_face(recognition, shown):
    """It is in the corner that the face is further from; a crop that lies further to the right is a face there."""
    moved = replace(recognition.pair, transforms=recognition.pair.transforms - [[0, 0, 112], [0, 0, 0]])
    at = next(frame for frame in shown[0] if frame.time >= recognition.times["apex"])
    plain, drawn = (
        next(annotate(replace(recognition, pair=pair), pair_views(recognition), [at])).image
        for pair in (recognition.pair, moved)
    )
    left, right = np.s_[4:100, 4:100], np.s_[4:100, -100:-4]
    assert (plain[right] != at.image[right]).mean() > 0.5 > (plain[left] != at.image[left]).mean()
    assert (drawn[left] != at.image[left]).mean() > 0.5 > (drawn[right] != at.image[right]).mean()


def test_curve_runs_with_the_film(shown):
    _, annotated = shown
    height = annotated[0].image.shape[0]
    row = height - max(18, height // 16) - 5
    marks = [int(np.abs(frame.image[row].astype(int) - (230, 159, 0)).sum(axis=1).argmin()) for frame in annotated]
    assert marks[0] <= 2 and marks == sorted(marks) and marks[-1] > 0.9 * annotated[0].image.shape[1]


def test_small_film_has_no_inset(recognition):
    small = Frame(0, recognition.times["apex"], np.full((120, 160, 3), 90, np.uint8))
    (told,) = annotate(replace(recognition, curve=None), pair_views(recognition), [small])
    np.testing.assert_array_equal(told.image[:90], small.image[:90])

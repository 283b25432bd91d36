import cv2
import numpy as np
import pytest

from micron_bert.evaluation.spotting.baselines import (
    BASELINES,
    AlignedFilm,
    Peak,
    Trials,
    Tuning,
    align_film,
    find_peaks,
)
from micron_bert.evaluation.spotting.scores import Spotted, TrueExpression
from micron_bert.video import write_video


def texture(rng):
    return cv2.GaussianBlur(rng.uniform(0, 255, (112, 112)).astype(np.float32), (0, 0), 2)


def aligned(moments, count=180, length=9, distance=1.5):
    """A texture whose lower part slips down and back at some frames, among noise."""
    rng = np.random.default_rng(0)
    face = texture(rng)
    face = (face - face.min()) / np.ptp(face) * 255
    y, x = np.mgrid[:112, :112].astype(np.float32)
    frames = []
    for index in range(count):
        shift = sum(max(0.0, 1 - abs(index - moment) / (length / 2)) for moment in moments)
        part = np.exp(-0.5 * ((x - 56) ** 2 + (y - 85) ** 2) / 18**2)
        moved = cv2.remap(face, x, y - distance * np.float32(shift) * part, cv2.INTER_LINEAR, borderMode=2)
        frames.append(np.clip(moved + rng.standard_normal((112, 112)), 0, 255).astype(np.uint8))
    return AlignedFilm(np.array(frames), np.arange(count), 30.0, 1)


@pytest.mark.parametrize("method", BASELINES)
def test_peaks_where_the_face_moved_and_went_back(method):
    film = aligned([60, 120])
    peaks = sorted((peak for peak in find_peaks(film, method) if peak.kind == "micro"), key=lambda peak: -peak.score)
    assert peaks[0].score == 1.0
    assert sorted(round(peak.apex / 60) for peak in peaks[:2]) == [1, 2]
    assert all(abs(peak.apex - 60 * round(peak.apex / 60)) <= 3 for peak in peaks[:2])
    assert all(peak.score < 0.5 for peak in peaks[2:])


@pytest.mark.parametrize("method", BASELINES)
def test_short_and_empty_films_have_no_peaks(method):
    empty = AlignedFilm(np.zeros((0, 112, 112), np.uint8), np.zeros(0, int), 30.0, 1)
    assert find_peaks(empty, method) == []
    assert find_peaks(AlignedFilm(np.zeros((5, 112, 112), np.uint8), np.arange(5), 30.0, 1), method) == []


def test_lengths_and_cuts_are_those_of_the_training_videos():
    truth = [TrueExpression(99, 113, "micro"), TrueExpression(300, 360, "macro")]
    peaks = [Peak(106, "micro", 0.8), Peak(200, "micro", 0.4), Peak(330, "macro", 0.9), Peak(333, "micro", 0.95)]
    tuning = Tuning.choose([Trials.of(Spotted("s", "v", 1.0, truth, ()), peaks, 30.0)])
    # 7 frames of 15 are too few, and so are 21 of 61
    assert 0.25 <= tuning.lengths["micro"] <= 0.5 and tuning.lengths["macro"] >= 1.0
    assert tuning.cuts == {"micro": 0.8, "macro": 0.9}
    found = tuning.apply(peaks, 30.0)
    # a micro-expression inside of a macro-expression is a part of it
    assert [(one.kind, one.apex) for one in found] == [("micro", 106), ("macro", 330)]


def test_fast_films_are_thinned_out_and_keep_their_numbers(tmp_path):
    from skimage.data import astronaut

    from micron_bert.video import open_video

    path = write_video(tmp_path / "film.mp4", [astronaut()[:320, 64:384]] * 40, 200.0)
    with open_video(path) as video:
        film = align_film(video)
    assert film.stride == 6 and film.indices.tolist() == [0, 6, 12, 18, 24, 30, 36]
    assert film.frames.shape == (7, 112, 112)
    blank = write_video(tmp_path / "blank.mp4", [np.full((64, 64, 3), 90, np.uint8)] * 4, 30.0)
    with open_video(blank) as video:
        assert len(align_film(video).frames) == 0

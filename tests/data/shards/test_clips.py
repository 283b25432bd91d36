"""Clips of a film: cut to length, still and repeated parts thinned, too small faces left out."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from micron_bert.data.shards.clips import Counts, ShardSettings, encode, face_clips
from micron_bert.errors import InputError
from micron_bert.video.reader import open_video


def clips_of(path, **settings):
    counts = Counts()
    with open_video(path) as video:
        return list(face_clips(video, ShardSettings(**settings), counts)), counts


def test_clips_are_aligned_faces_of_a_length(make_film):
    clips, counts = clips_of(make_film(40), seconds=0.8)
    assert [len(clip["times"]) for clip in clips] == [20, 20] and counts.kept == counts.frames == 40
    first = clips[0]
    assert first["times"][0] == 0 and clips[1]["times"][0] == pytest.approx(0.8)
    assert Image.open(io.BytesIO(first["frames"][0])).size == (112, 112) and len(first["frames"]) == 20
    assert 40 < first["eye_distance"] < 60 and first["correlation"] > 0.8 and first["movement"] > 1
    assert first["talking"] > 0.5


def test_memory_is_for_one_clip(make_film):
    with open_video(make_film(60)) as video:
        clips = face_clips(video, ShardSettings(seconds=0.4), counts := Counts())
        next(clips)
        assert counts.frames < 20


def test_what_says_nothing_is_left_out_and_counted(make_film):
    still = make_film(30, "still.mp4", still=True)
    kept, counts = clips_of(still, seconds=0.4, keep_still=0.0)
    assert not kept and counts.dropped == {"nothing moves": 30}
    assert len(clips_of(still, seconds=0.4, keep_still=1.0)[0]) == 3
    assert clips_of(make_film(20), eye_distance=200)[1].dropped == {"small face": 20}
    assert clips_of(make_film(4, "short.mp4"))[1].dropped == {"short stretch": 4}


def test_repeated_frames_go_and_times_stay(tmp_path, make_film):
    """Each frame twice, as in a film of 25 frames a second that was stored at 50."""
    with open_video(make_film(12)) as video:
        pictures = [frame.image for frame in video]
    (tmp_path / "twice").mkdir()
    for number in range(24):
        Image.fromarray(pictures[number // 2]).save(tmp_path / "twice" / f"{number:02d}.png")
    counts = Counts()
    with open_video(tmp_path / "twice", fps=50) as video:
        (clip,) = face_clips(video, ShardSettings(), counts)
    assert counts.dropped == {"repeated frame": 12}
    np.testing.assert_allclose(clip["times"], np.arange(12) / 25)


def test_codecs_are_near_the_crop():
    picture = astronaut()[30:180, 150:300]
    for codec in ("jpeg", "webp"):
        settings = ShardSettings(codec=codec)
        decoded = np.asarray(Image.open(io.BytesIO(encode(picture, settings))).convert("RGB"))
        assert np.abs(decoded.astype(int) - picture).mean() < 3


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"codec": "gif"}, "`codec` is `gif`"),
        ({"quality": 0}, "`quality`"),
        ({"keep_still": 2}, "`keep_still`"),
        ({"least": 3.0}, "`least`"),
    ],
)
def test_settings_that_do_not_fit_are_named(settings, said):
    with pytest.raises(InputError, match=said):
        ShardSettings(**settings)

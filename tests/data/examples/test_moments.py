import functools

import numpy as np
import pytest

from micron_bert.data.examples.aligned_videos import aligned_videos
from micron_bert.data.examples.moments import StoredMoments, VideoMoments, draw_moments
from micron_bert.data.examples.stored import StoredClips, open_dataset
from micron_bert.errors import InputError
from micron_bert.faces.clip import align_clip
from micron_bert.video.writer import write_video


def test_moments_lie_in_the_interval():
    times = np.arange(60) / 30
    rng = np.random.default_rng(0)
    gaps = []
    for _ in range(500):
        start, later = draw_moments(times, (0.1, 0.3), rng)
        gaps.append(times[later] - times[start])
    assert min(gaps) > 0.1 - 0.5 / 30 - 1e-9 and max(gaps) < 0.3 + 0.5 / 30 + 1e-9
    assert len(set(np.round(gaps, 3))) == 7  # 3 to 9 frames at 30 fps


@pytest.mark.parametrize("times", [[0.0, 1 / 30], [0.0, 5.0], [0.0, 0.01, 0.02, 4.0]])
def test_short_or_uneven_clips_still_give_two_frames(times):
    rng = np.random.default_rng(0)
    for _ in range(50):
        start, later = draw_moments(np.array(times), (0.1, 0.3), rng)
        assert 0 <= start < later < len(times)


def test_stored_moments_need_a_frame_rate(clips_folder):
    stored = open_dataset(str(clips_folder), None, "train")
    assert len(StoredMoments(StoredClips(stored, "c"), [0], (0.05, 0.2), None).draw(0, np.random.default_rng(0))) == 2
    without = StoredClips(stored.remove_columns("fps"), "c")
    with pytest.raises(InputError, match="no column `fps`"):
        StoredMoments(without, [0], (0.05, 0.2), None)
    StoredMoments(without, [0], (0.05, 0.2), 25.0)


@pytest.fixture
def films(tmp_path, face_pictures, monkeypatch):
    # the pictures are face crops already, so no face models are needed
    monkeypatch.setattr(
        "micron_bert.data.examples.aligned_videos.align_clip", functools.partial(align_clip, cropped=True)
    )
    (tmp_path / "films").mkdir()
    for number, length in enumerate((5, 20)):
        picture = np.repeat(np.repeat(face_pictures[number], 2, axis=0), 2, axis=1)
        write_video(tmp_path / "films" / f"{number}.mp4", [np.roll(picture, k, axis=1) for k in range(length)], 25)
    (tmp_path / "films" / "broken.mp4").write_bytes(b"no film")
    return tmp_path / "films"


def test_videos_are_aligned_once(films, tmp_path, monkeypatch, caplog):
    first = aligned_videos([str(films)], 32, tmp_path / "cache")
    assert [video.subject for video in first] == ["0.mp4", "1.mp4"]
    assert first[0].frames.shape == (5, 32, 32, 3) and "broken.mp4" in caplog.text
    monkeypatch.setattr("micron_bert.data.examples.aligned_videos.align_clip", None)
    again = aligned_videos([str(films)], 32, tmp_path / "cache")
    np.testing.assert_array_equal(first[1].frames, again[1].frames)
    assert not list((tmp_path / "cache").glob("*writing*"))


def test_crops_of_another_aligner_are_not_taken_for_those_of_this_one(films, tmp_path, monkeypatch):
    aligned_videos([str(films)], 32, tmp_path / "cache")
    aligned = []
    monkeypatch.setattr("micron_bert.cache_key._sources", lambda modules: dict.fromkeys(modules, "another text"))
    monkeypatch.setattr(
        "micron_bert.data.examples.aligned_videos.align_clip",
        lambda *video, **options: aligned.append(video) or align_clip(*video, **options, cropped=True),
    )
    aligned_videos([str(films)], 32, tmp_path / "cache")
    assert len(aligned) == 2


def test_longer_videos_are_drawn_more_often(films, tmp_path):
    videos = aligned_videos([str(films)], 32, tmp_path / "cache")
    moments, rng = VideoMoments(videos, (0.04, 0.12)), np.random.default_rng(0)
    from_long = 0
    for index in range(200):
        onset, _ = moments.draw(index, rng)
        from_long += any(np.array_equal(onset, frame) for frame in videos[1].frames)
    assert 140 < from_long < 180  # 20 of 25 frames


def test_folder_without_usable_videos_is_named(tmp_path):
    with pytest.raises(InputError, match="No video in"):
        aligned_videos([str(tmp_path)], 32, tmp_path / "cache")

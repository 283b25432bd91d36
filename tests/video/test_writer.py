import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.video import open_video, write_video


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.avi"])
def test_a_film_comes_back(film, number_of, tmp_path, name):
    assert write_video(tmp_path / name, iter(film), 12.5) == tmp_path / name
    video = open_video(tmp_path / name)
    assert video.fps == pytest.approx(12.5)
    assert [number_of(frame.image) for frame in video] == list(range(12))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_odd_sizes_repeat_their_edge(film, tmp_path):
    video = open_video(write_video(tmp_path / "a.mp4", film[:, :47, :63], 25))
    assert (video.width, video.height) == (64, 48)


def test_grey_frames_are_understood(film, tmp_path):
    image = next(iter(open_video(write_video(tmp_path / "a.mp4", film[..., 0], 25)))).image
    assert np.ptp(image.astype(int), axis=2).max() < 6


def test_a_failure_leaves_the_old_file_and_nothing_else(film, tmp_path):
    path = write_video(tmp_path / "a.mp4", film, 25)
    before = path.read_bytes()
    with pytest.raises(InputError, match="Frame 2 .*`64x40`"):
        write_video(path, [film[0], film[1], film[2, :40]], 25)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.mp4"]


def test_bad_input_is_named(film, tmp_path):
    for path, frames, fps, message in (
        (tmp_path / "a.txt", film, 25, "a.txt"),
        (tmp_path / "a.mp4", [], 25, "no frames"),
        (tmp_path / "a.mp4", film, 0, "`0`"),
        (tmp_path / "none" / "a.mp4", film, 25, "no folder"),
    ):
        with pytest.raises(InputError, match=message):
            write_video(path, frames, fps)
    assert not list(tmp_path.iterdir())

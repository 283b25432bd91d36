import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.video import Frame, open_video, write_video


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


@pytest.mark.parametrize("rate", [200, 25])
def test_frames_keep_their_times(film, tmp_path, rate):
    times = 5 + np.cumsum([0, 1, 1, 3, 1, 2, 1, 1, 1, 1, 1, 1]) / rate
    frames = [Frame(index, time, image) for index, (time, image) in enumerate(zip(times, film, strict=True))]
    read = list(open_video(write_video(tmp_path / "a.mp4", frames, rate)))
    assert [frame.time for frame in read] == pytest.approx(times - 5, abs=1e-4)


def test_times_that_fall_back_stay_in_order(film, tmp_path):
    frames = [Frame(i, t, film[i]) for i, t in enumerate([0, 0.1, 0.1, 0.05, 0.3])]
    times = [frame.time for frame in open_video(write_video(tmp_path / "a.mp4", frames, 10))]
    assert len(times) == 5 and times == sorted(set(times))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("noise", [0, 60])  # of much that moves, x264 makes a pyramid of B-frames
def test_an_avi_of_ours_is_read_with_its_times_and_without_a_warning(film, tmp_path, noise):
    rng = np.random.default_rng(0)
    film = np.concatenate([film, film]) + rng.integers(0, noise + 1, (24, 48, 64, 3), dtype=np.uint8)
    even = list(open_video(write_video(tmp_path / "a.avi", film, 30)))
    assert [frame.time for frame in even] == pytest.approx(np.arange(24) / 30, abs=1e-6)
    times = np.delete(np.arange(26), [9, 17]) / 30  # two were dropped
    frames = [Frame(number, time, image) for number, (time, image) in enumerate(zip(times, film, strict=True))]
    read = list(open_video(write_video(tmp_path / "b.avi", frames, 30)))
    assert [frame.time for frame in read] == pytest.approx(times, abs=1e-6)

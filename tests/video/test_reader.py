import gc
import os
import struct
import wave
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from micron_bert.errors import InputError
from micron_bert.video import open_video, write_video
from micron_bert.video.reader import existing_path


@pytest.fixture(scope="module")
def path(film, tmp_path_factory):
    return write_video(tmp_path_factory.mktemp("film") / "film.mp4", film, 25)


@pytest.fixture
def folder(film, tmp_path):
    for number, image in enumerate(film):
        Image.fromarray(image).save(tmp_path / f"img{number}.png")
    return tmp_path


def encode(path, frames, stamps, **options):
    """A film with the time stamps given, in milliseconds."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for image, stamp in zip(frames, stamps, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_a_file_tells_its_size_and_gives_its_frames(path, film, number_of):
    with open_video(path) as video:
        assert (video.width, video.height, video.fps, video.num_frames) == (64, 48, 25, 12)
        assert video.duration == pytest.approx(12 / 25)
        frames = list(video)
    assert [frame.index for frame in frames] == [number_of(frame.image) for frame in frames] == list(range(12))
    assert [frame.time for frame in frames] == pytest.approx(np.arange(12) / 25)
    assert np.abs(frames[5].image.astype(int) - film[5]).mean() < 4


def test_frames_are_read_one_at_a_time_and_again(path, number_of):
    video = open_video(path)
    first, second = iter(video), iter(video)
    assert [number_of(next(first).image), number_of(next(first).image), number_of(next(second).image)] == [0, 1, 0]


@pytest.mark.parametrize("start, end, expected", [(0.2, 0.32, [5, 6, 7]), (0.0, 0.04, [0]), (0.41, None, [11])])
def test_seeking_gives_the_frames_of_the_interval(path, folder, number_of, start, end, expected):
    for video in (open_video(path), open_video(folder, fps=25)):
        frames = list(video.frames(start, end))
        assert [frame.index for frame in frames] == [number_of(frame.image) for frame in frames] == expected


def test_an_interval_without_frames_is_named(path, folder):
    for video in (open_video(path), open_video(folder, fps=25)):
        with pytest.raises(InputError, match="`9` s"):
            list(video.frames(9))
        for start, end in ((-1, None), (0.3, 0.2)):
            with pytest.raises(InputError, match=f"`{start}`"):
                video.frames(start, end)


def test_a_folder_is_read_in_natural_order(folder, number_of):
    (folder / "Thumbs.db").write_bytes(b"no picture")
    video = open_video(folder, fps=200)
    assert (video.num_frames, video.fps, video.duration) == (12, 200, 0.06)
    assert [number_of(frame.image) for frame in video] == list(range(12))
    assert open_video(folder).fps == 30


def test_a_single_picture_is_a_film_of_one_frame(folder):
    assert [frame.index for frame in open_video(folder / "img3.png")] == [0]


def test_uneven_time_stamps_are_kept(film, tmp_path, number_of):
    stamps = [0, 33, 66, 200, 233, 500]
    encode(tmp_path / "a.mkv", film[:6], stamps)
    video = open_video(tmp_path / "a.mkv")
    assert [frame.time for frame in video] == pytest.approx(np.array(stamps) / 1000, abs=2e-3)
    assert [(frame.index, number_of(frame.image)) for frame in video.frames(0.1, 0.4)] == [(3, 3), (4, 4)]


def test_a_given_rate_replaces_the_file_s(path, number_of):
    video = open_video(path, fps=200)
    assert (video.fps, video.duration) == (200, pytest.approx(0.06))
    assert [frame.time for frame in video] == pytest.approx(np.arange(12) / 200)
    assert [number_of(frame.image) for frame in video.frames(0.02, 0.03)] == [4, 5]


def test_a_gif_is_a_film(film, tmp_path, number_of):
    pictures = [Image.fromarray(image) for image in film[:5]]
    pictures[0].save(tmp_path / "a.gif", save_all=True, append_images=pictures[1:], duration=[100, 200, 100, 50, 50])
    video = open_video(tmp_path / "a.gif")
    assert [number_of(frame.image) for frame in video] == list(range(5))
    assert [frame.time for frame in video] == pytest.approx([0, 0.1, 0.3, 0.4, 0.45])
    assert [number_of(frame.image) for frame in video.frames(0.3)] == [2, 3, 4]


TURN = 65536  # 1 in a display matrix


@pytest.mark.parametrize(
    ("matrix", "upright"),
    [
        ((0, TURN, -TURN, 0), lambda image: np.rot90(image, -1)),  # a quarter turn clockwise
        ((0, -TURN, TURN, 0), lambda image: np.rot90(image, 1)),
        ((-TURN, 0, 0, -TURN), lambda image: np.rot90(image, 2)),
        ((-TURN, 0, 0, TURN), lambda image: image[:, ::-1]),  # mirrored, as cameras for selfies note it
        ((TURN, 0, 0, -TURN), lambda image: image[::-1]),
        ((0, TURN, TURN, 0), lambda image: image.transpose(1, 0, 2)),
    ],
)
def test_display_matrix_is_applied(path, tmp_path, matrix, upright):
    data = bytearray(path.read_bytes())
    a, b, c, d = matrix
    begin = data.find(b"tkhd") + 44  # of the matrix in a track header of version 0
    data[begin : begin + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    (tmp_path / "turned.mp4").write_bytes(data)
    video = open_video(tmp_path / "turned.mp4")
    wanted = [upright(frame.image) for frame in open_video(path)]
    assert (video.height, video.width) == wanted[0].shape[:2]
    for frame, image in zip(video, wanted, strict=True):
        np.testing.assert_array_equal(frame.image, image)


def test_pictures_that_were_read_are_gone(path):
    """Each waited in a cycle for Python's next look for garbage: hundreds of MiB of a film in HD."""
    gc.collect()
    gc.disable()
    try:
        assert sum(1 for _ in open_video(path)) > 1
        assert not [one for one in gc.get_objects() if isinstance(one, av.VideoFrame)]
    finally:
        gc.enable()


def test_a_colon_in_the_name_is_no_protocol(path, tmp_path, monkeypatch):
    (tmp_path / "12:30 interview.mp4").write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert len(list(open_video("12:30 interview.mp4"))) == len(list(open_video(path)))


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".avi", ".mov", ".mp4"])
def test_a_part_is_what_the_whole_has_there(tmp_path, suffix):
    """Also in containers without an index, where a seek ends up beside what it was asked for."""
    target = tmp_path / f"film{suffix}"
    with av.open(str(target), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "20", "bf": "0" if suffix == ".avi" else "2"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(100):
            image = np.full((48, 64, 3), 2 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    whole = list(open_video(target))
    assert len(whole) == 100
    for start, end in ((0.04, 0.2), (0.9, 1.5), (2.02, 2.6), (3.5, None)):
        wanted = [frame for frame in whole if start <= frame.time and (end is None or frame.time < end)]
        part = list(open_video(target).frames(start, end))
        assert [(f.index, f.time) for f in part] == [(f.index, f.time) for f in wanted]
        assert all((one.image == other.image).all() for one, other in zip(part, wanted, strict=True))


def test_a_cover_picture_is_no_film(path):
    """Of several streams the film is read, whichever comes first."""
    from types import SimpleNamespace as Stream

    from micron_bert.video.container import main_stream

    cover = Stream(disposition=av.stream.Disposition.attached_pic, codec_context="png")
    film = Stream(disposition=av.stream.Disposition.default, codec_context="h264")
    container = Stream(streams=Stream(video=[cover, film], best=lambda kind: cover))
    assert main_stream(container, "film.mp4") is film


def test_too_large_pictures_are_refused_before_they_take_memory(tmp_path):
    Image.fromarray(np.zeros((1, 1), np.uint8)).resize((12_000, 12_000)).save(tmp_path / "large.png")
    with pytest.raises(InputError, match="`12000x12000` pixels; at most 100 million"):
        open_video(tmp_path / "large.png")


def test_a_cut_off_file_gives_what_it_has_and_warns(film, tmp_path, number_of):
    noise = np.random.default_rng(0).integers(0, 120, (12, 48, 64, 3), dtype=np.uint8)
    encode(tmp_path / "whole.mp4", list(np.maximum(film, noise)), range(0, 480, 40), movflags="faststart")
    data = (tmp_path / "whole.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) * 9 // 10])
    with pytest.warns(UserWarning, match=r"cut.mp4` is damaged or cut off: \d+ of 12 frames"):
        frames = list(open_video(tmp_path / "cut.mp4"))
    assert [number_of(frame.image) for frame in frames] == list(range(len(frames)))
    assert 1 < len(frames) < 12


def test_what_is_no_video_is_named(path, tmp_path):
    (tmp_path / "text.mp4").write_text("text")
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "half.mp4").write_bytes(path.read_bytes()[:600])
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", "none"))
        sound.writeframes(bytes(8000))
    (tmp_path / "nothing").mkdir()
    for name, message in (
        ("text.mp4", "cannot be read as a video"),
        ("empty.mp4", "cannot be read as a video"),
        ("half.mp4", "cannot be read as a video"),
        ("sound.wav", "no picture"),
        ("nothing", "has no pictures"),
        ("missing.mp4", "There is no video"),
    ):
        with pytest.raises(InputError, match=f"`.*{name}`.*|{message}") as caught:
            open_video(tmp_path / name)
        assert name in str(caught.value) and message in str(caught.value)


def test_frames_of_different_sizes_are_named(folder):
    Image.fromarray(np.zeros((40, 64, 3), np.uint8)).save(folder / "img4.png")
    with pytest.raises(InputError, match="Frame 4 .*`64x40`.*`64x48`"):
        list(open_video(folder))


def test_a_rate_must_be_positive(path):
    with pytest.raises(InputError, match="`0`"):
        open_video(path, fps=0)


def test_names_of_all_kinds(path, tmp_path, monkeypatch):
    """`~` is the home folder, a dash is no option, and a name may be of any encoding."""
    data = path.read_bytes()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    latin = os.fsdecode(b"caf\xe9.mp4")
    for name in ("film.mp4", "-film.mp4", "~film.mp4", latin):
        try:
            (tmp_path / name).write_bytes(data)
        except (OSError, UnicodeError):  # not every file system takes all
            continue
        assert len(list(open_video(name))) == 12
    assert len(list(open_video("~/film.mp4"))) == 12


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_what_is_neither_file_nor_folder_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        open_video(tmp_path / "pipe.mp4")
    with pytest.raises(InputError, match="is empty"):
        open_video("")


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="threads are counted where Linux lists them")
def test_one_process_of_several_reads_by_one_thread(path):
    """A machine with many cores has a process for each; threads for each core in every one would be its square."""
    with open_video(path) as video:
        expected = [frame.image for frame in video]
    before = cv2.getNumThreads()

    def threads():
        return len(os.listdir("/proc/self/task"))

    try:
        cv2.setNumThreads(1)
        begun, alone, most = threads(), [], 0
        with open_video(path) as video:
            for frame in video:
                alone.append(frame.image)
                most = max(most, threads())
    finally:
        cv2.setNumThreads(before)
    assert most <= begun
    np.testing.assert_array_equal(alone, expected)


@pytest.mark.parametrize("address", ["https://example.org/talk.mp4", "rtsp://camera/1", "S3://bucket/talk.mp4"])
def test_an_address_is_no_file(address):
    with pytest.raises(InputError, match=f"`{address}` is an address; download the film"):
        existing_path(address)

"""Without the package a film is read as with it: stream, way up, times and pictures."""

import struct

import av
import numpy as np
import pytest
from PIL import Image

from micron_bert.model import frames_micron_bert
from micron_bert.video.writer import write_video

TURN = 65536  # 1 in a display matrix


def picture(number):
    image = np.full((48, 64, 3), 12 * number, np.uint8)
    image[:20, :30, 0] = 250
    return image


def turned(path, a, b, c, d):
    write_video(path, [picture(number) for number in range(6)], 25)
    data = bytearray(path.read_bytes())
    begin = data.find(b"tkhd") + 44  # of the matrix in a track header of version 0
    data[begin : begin + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def beside_a_preview(path):
    """A still picture comes first, then the film, which has the default flag; sound begins half a second before it."""
    with av.open(str(path), "w") as container:
        preview = container.add_stream("mjpeg", rate=1)
        preview.width, preview.height, preview.pix_fmt = 16, 16, "yuvj420p"
        film = container.add_stream("mpeg4", rate=25)
        film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        film.disposition = av.stream.Disposition.default.value  # PyAV 15 takes numbers only
        tone = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        sound.sample_rate, sound.pts = 8000, 0
        container.mux(tone.encode(sound))
        still = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")
        container.mux(preview.encode(still))
        for number in range(6):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts = number + 12
            container.mux(film.encode(frame))
        for stream in (preview, film, tone):
            container.mux(stream.encode(None))


def animated(path, **options):
    pictures = [Image.fromarray(picture(number)) for number in range(6)]
    durations = {} if path.suffix == ".tif" else {"duration": [100, 200, 100, 50, 50, 100]}
    pictures[0].save(path, save_all=True, append_images=pictures[1:], **durations, **options)


FILMS = {
    "quarter.mp4": lambda path: turned(path, 0, TURN, -TURN, 0),
    "upside-down.mp4": lambda path: turned(path, -TURN, 0, 0, -TURN),
    "mirrored.mov": lambda path: turned(path, -TURN, 0, 0, TURN),
    "transposed.mp4": lambda path: turned(path, 0, TURN, TURN, 0),
    "preview.mkv": beside_a_preview,
    "12:30 talk.mp4": lambda path: turned(path, TURN, 0, 0, TURN),
    "a.gif": animated,
    "a.webp": lambda path: animated(path, lossless=True),
    "a.apng": lambda path: animated(path, format="PNG"),
    "a.png": animated,
    "a.tif": animated,
}


@pytest.mark.parametrize("name", FILMS)
def test_the_same_frames_with_and_without_the_package(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    FILMS[name](tmp_path / name)
    assert not frames_micron_bert.is_picture(name)
    with_package = [list(frames_micron_bert.read_frames(name, start=start)) for start in (0.0, 0.1)]
    assert len(with_package[0]) == 6
    monkeypatch.setattr(frames_micron_bert, "open_video", None)
    without = [list(frames_micron_bert.read_frames(name, start=start)) for start in (0.0, 0.1)]
    for ours, theirs in zip(with_package, without, strict=True):
        assert [frame.index for frame in ours] == [frame.index for frame in theirs]
        assert [frame.time for frame in ours] == pytest.approx([frame.time for frame in theirs])
        assert all(np.array_equal(one.image, other.image) for one, other in zip(ours, theirs, strict=True))


def test_what_is_no_film_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(frames_micron_bert, "open_video", None)
    (tmp_path / "letter.mp4").write_text("Dear reader,")
    with pytest.raises(ValueError, match="cannot be read as a video"):
        list(frames_micron_bert.read_frames(tmp_path / "letter.mp4"))
    picture = Image.new("L", (30_000, 30_000))
    picture.save(tmp_path / "large.png")
    with pytest.raises(ValueError, match="cannot be read as a picture"):
        list(frames_micron_bert.read_frames(tmp_path / "large.png"))

"""What is too much is refused by its header and its packets, in one sentence."""

import wave
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from micron_bert.demo import limits
from micron_bert.demo.limits import check_clip, check_picture
from micron_bert.errors import InputError
from micron_bert.video.reader import open_video


def write_garbage(path, seconds, width=64, height=48, rate=10):
    """A film with one picture and then packets that nobody can decode."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        first = stream.encode(av.VideoFrame(width, height, "yuv420p")) + stream.encode(None)
        container.mux(first)
        for number in range(1, round(seconds * rate)):
            packet = av.Packet(b"no picture at all")
            packet.stream, packet.time_base, packet.pts, packet.dts = stream, Fraction(1, rate), number, number
            container.mux(packet)
    return path


def test_film_within_the_limits_passes(film):
    check_clip(film[0])


def test_nothing_is_decoded(tmp_path):
    path = write_garbage(tmp_path / "garbage.mp4", 2)
    check_clip(path)
    with pytest.warns(UserWarning, match="damaged"), open_video(path) as video:
        assert len(list(video)) == 1


@pytest.mark.parametrize(
    ("seconds", "size", "message"),
    [
        (600, (64, 48), "lasts 600 s; the demo takes up to 20 s"),
        (20.2, (64, 48), "lasts 20.2 s; the demo takes up to 20 s"),
        (1, (3840, 2160), "`3840x2160` pixels; the demo takes up to 1920"),
    ],
)
def test_long_or_fine_film_is_refused(tmp_path, seconds, size, message):
    path = write_garbage(tmp_path / "film.mp4", seconds, *size)
    with pytest.raises(InputError, match=message):
        check_clip(path)


@pytest.mark.parametrize("seconds", [10, 30])
def test_recording_that_does_not_tell_its_length_is_measured(tmp_path, seconds):
    recording = tmp_path / "recording.mkv"
    write_garbage(recording, seconds, rate=5)
    content = recording.read_bytes()
    # a browser leaves the duration out: its element becomes padding
    place = content.index(b"\x44\x89\x88")
    recording.write_bytes(content[:place] + b"\xec\x89" + content[place + 2 :])
    with av.open(str(recording)) as container:
        assert container.duration is None and container.streams.video[0].duration is None
    if seconds < limits.LONGEST:
        check_clip(recording)
    else:
        with pytest.raises(InputError, match="lasts more than 20 s"):
            check_clip(recording)


def test_many_frames_are_refused(tmp_path):
    path = write_garbage(tmp_path / "fast.mp4", 10, rate=200)
    with pytest.raises(InputError, match="more than 1200 frames"):
        check_clip(path)


def test_large_file_is_refused_unopened(tmp_path):
    path = tmp_path / "large.mp4"
    with open(path, "wb") as file:
        file.truncate((limits.LARGEST_FILE + 1) * 2**20)
    with pytest.raises(InputError, match="has 51 MiB; the demo takes up to 50 MiB"):
        check_clip(path)


def test_other_files_are_no_films(tmp_path):
    text = tmp_path / "letter.mp4"
    text.write_text("Dear visitor,")
    with pytest.raises(InputError, match="`letter.mp4` cannot be read as a video"):
        check_clip(text)
    with pytest.raises(InputError, match="`gone.mp4` is not there any more"):
        check_clip(tmp_path / "gone.mp4")
    sound = tmp_path / "sound.wav"
    with wave.open(str(sound), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600))
    with pytest.raises(InputError, match="has no picture in it"):
        check_clip(sound)


def test_half_a_film_is_refused(film, tmp_path):
    half = tmp_path / "half.mp4"
    half.write_bytes(film[0].read_bytes()[:5000])
    with pytest.raises(InputError, match="cannot be read as a video"):
        check_clip(half)


def test_pictures(tmp_path):
    small, large = tmp_path / "small.png", tmp_path / "large.png"
    Image.fromarray(np.zeros((40, 50, 3), np.uint8)).save(small)
    Image.new("1", (5000, 20)).save(large)
    assert check_picture(small) == (50, 40)
    with pytest.raises(InputError, match="`5000x20` pixels"):
        check_picture(large)
    (tmp_path / "bomb.png").write_text("no")
    with pytest.raises(InputError, match="`bomb.png` cannot be read as a picture"):
        check_picture(tmp_path / "bomb.png")

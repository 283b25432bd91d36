import av
import numpy as np
import pytest

from micron_bert.video import write_video
from micron_bert.video.sound import RATES, Sound

RATE = 44100


@pytest.fixture
def source(tmp_path, film):
    """Two seconds of film whose tone is silent but from 1.0 s to 1.5 s."""
    path = tmp_path / "source.mov"
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("mpeg4", rate=12)
        pictures.width, pictures.height, pictures.pix_fmt = film.shape[2], film.shape[1], "yuv420p"
        tone = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for number in range(24):
            image = film[number % len(film)]
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")))
        container.mux(pictures.encode(None))
        time = np.arange(2 * RATE) / RATE
        samples = 12000 * np.sin(2 * np.pi * 440 * time) * ((time >= 1) & (time < 1.5))
        frame = av.AudioFrame.from_ndarray(samples.astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        container.mux(tone.encode(frame))
        container.mux(tone.encode(None))
    return path


def loudness(path):
    """Seconds from which and up to which the sound is loud, and its length."""
    with av.open(str(path)) as container:
        parts = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
        rate = container.streams.audio[0].rate
    samples = np.concatenate(parts)
    loud = np.flatnonzero(np.abs(samples) > 0.1)
    return loud[0] / rate, loud[-1] / rate, len(samples) / rate


@pytest.mark.parametrize(("start", "end", "loud"), [(0.0, None, (1.0, 1.5)), (0.75, 1.75, (0.25, 0.75))])
def test_sound_stays_with_the_pictures(source, film, tmp_path, start, end, loud):
    length = (end or 2.0) - start
    frames = [film[number % len(film)] for number in range(round(12 * length))]
    path = write_video(tmp_path / "out.mp4", frames, 12, Sound(source, start, end))
    begin, stop, whole = loudness(path)
    assert (begin, stop) == pytest.approx(loud, abs=0.06) and whole == pytest.approx(length, abs=0.1)


def test_film_without_sound_stays_silent(film, tmp_path):
    silent = write_video(tmp_path / "silent.mp4", film, 12)
    for source in (silent, tmp_path, tmp_path / "none.mp4"):
        with av.open(str(write_video(tmp_path / "out.mp4", film, 12, Sound(source)))) as container:
            assert not container.streams.audio


def test_every_rate_is_one_that_the_encoder_has():
    told = av.Codec("aac", "w").audio_rates
    assert not told or set(RATES) <= set(told)

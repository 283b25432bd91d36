"""The sound of a film, carried over into one that is written."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from micron_bert.video.container import main_stream, open_container, origin_of
from micron_bert.video.timeline import Timeline

RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)  # samples per second that AAC can have


@dataclass(frozen=True)
class Sound:
    """
    A part of a film's first sound track.

    Attributes:
        path (`str` or `os.PathLike`): the film.
        start, end (`float`, *optional*): the part with `start <= time < end`, in seconds; to the end if left out.
    """

    path: str | os.PathLike
    start: float = 0.0
    end: float | None = None


class SoundTrack:
    """
    A sound track (AAC) of a container that is being written, filled bit by bit as its pictures are.

    Args:
        container (`av.container.OutputContainer`): before anything is written into it.
        sound ([`Sound`]): begins where the container's pictures do.
    """

    def __init__(self, container, sound: Sound):
        self.container, self.sound = container, sound
        self.source = _opened(sound.path)
        self.stream, self.written, self.pending = None, 0, None
        if self.source is None:
            return
        told = self.source.streams.audio[0].codec_context
        rate = told.sample_rate if told.sample_rate in RATES else 48000
        self.layout = "mono" if told.layout.nb_channels == 1 else "stereo"
        self.stream = container.add_stream("aac", rate=rate, layout=self.layout)
        self.samples = self._samples(rate)

    def write(self, until: float | None = None) -> None:
        """Writes the sound up to so many seconds after its beginning; all that is left, without it."""
        if self.stream is None:
            return
        rate = self.stream.rate
        while until is None or self.written < until * rate:
            part = next(self.samples, None)
            if part is None:
                break
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout=self.layout)
            frame.sample_rate, frame.pts = rate, self.written
            self.container.mux(self.stream.encode(frame))
            self.written += part.shape[1]
        if until is None:
            self.container.mux(self.stream.encode(None))
            self.source.close()

    def _samples(self, rate: int) -> Iterator[np.ndarray]:
        """Samples `(channels, n)` of the part, silence where the source has none."""
        film = self.source.streams.video and main_stream(self.source, str(self.sound.path))
        origin = float(origin_of(self.source, film) if film else 0)
        first = round(self.sound.start * rate)
        last = None if self.sound.end is None else round(self.sound.end * rate)
        resampler, at = av.AudioResampler(format="fltp", layout=self.layout, rate=rate), first
        timeline = Timeline(Fraction(origin), 0.0)
        try:
            # from the beginning, since a leap ends anywhere in containers without an index; sound is read fast
            for decoded in self.source.decode(audio=0):
                begin = None if decoded.pts is None else round(timeline.tell(decoded.pts, decoded.time_base) * rate)
                for frame in resampler.resample(decoded):
                    samples = frame.to_ndarray()
                    begin = at if begin is None else begin
                    if begin > at + rate // 20:  # a gap, longer than what rounding makes
                        yield np.zeros((len(samples), begin - at), samples.dtype)
                        at = begin
                    samples = samples[:, max(at - begin, 0) if begin < at - rate // 20 else 0 :]
                    samples = samples if last is None else samples[:, : max(last - at, 0)]
                    begin = None
                    if samples.shape[1]:
                        yield np.ascontiguousarray(samples)
                        at += samples.shape[1]
                if last is not None and at >= last:
                    return
        except av.FFmpegError:
            return  # what follows of a damaged track stays silent


def _opened(path: str | os.PathLike):
    """The film, where it has a sound track that can be decoded; `None` otherwise."""
    if not Path(path).is_file():
        return None
    try:
        source = open_container(path)
    except (av.FFmpegError, OSError, ValueError):
        return None
    if source.streams.audio and source.streams.audio[0].codec_context is not None:
        return source
    source.close()
    return None

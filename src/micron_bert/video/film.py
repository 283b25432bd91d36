"""A film in a container file."""

import bisect
import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av

from micron_bert.errors import InputError
from micron_bert.video.boxes import promise_of
from micron_bert.video.container import OpenFilm, check_size, origin_of, shown_picture
from micron_bert.video.decoding import Reading, frames_after_leap, has_no_stamps, shown_frames
from micron_bert.video.frames import FOLDER_FPS, ROUNDING, Frame, Video
from micron_bert.video.timeline import Gaps, Timeline

SEEK_BACK = (0.0, 2.0, 10.0)  # seconds before the wanted frame from which decoding is tried, and then the beginning
FIRST_PACKETS = 64  # at the beginning are decoded to see which of them give no picture
LOSSY = ("mpegts", "mpeg", "ogg", "matroska,webm")  # containers that pass over what they cannot read
WHOLE = 0.98  # of a frame: where a list cuts a film within one, a part of a frame is missing and nothing is damaged
SHORT = 0.25  # seconds that a film may end before what its header says


class VideoFile(Video):
    """A film in a container file. Each reading opens the file anew, so several can go on at a time."""

    def __init__(self, path: Path, fps: float | None = None):
        self.path, self.given_fps, self._stamps = path, fps, None
        with OpenFilm(path) as (container, stream):
            rate = stream.average_rate or stream.guessed_rate or stream.base_rate
            self.own_fps = float(rate) if rate else FOLDER_FPS
            first = next((frame for frame, _ in shown_frames(container, stream)), None)
            self.origin = origin_of(container, stream, first)
            count = stream.frames or None
            duration = float(_end_of(stream) - self.origin) if stream.duration else None
            if duration is None and container.duration:
                duration = container.duration / av.time_base
            if container.format.name == "avi" and not has_no_stamps(container, stream):
                self.origin += self._delay()
            if first is None:
                raise InputError(f"No frame of `{path}` can be decoded; is the file complete?")
            check_size(path, first, stream)
            height, width = shown_picture(first, stream).shape[:2]
        if fps and duration is not None:
            duration = (count or round(duration * self.own_fps)) / fps
        super().__init__(str(path), float(fps or self.own_fps), count, width, height, duration)

    def _delay(self) -> Fraction:
        """Seconds by which FFmpeg lets pictures of an AVI lag that are stored in another order; AVI has no such."""
        with OpenFilm(self.path) as (container, stream):
            for packet in container.demux(stream):
                if packet.size and packet.pts is not None and packet.dts is not None:
                    return (packet.pts - packet.dts) * stream.time_base
        return Fraction(0)

    def _read(self, start: float, end: float | None) -> Iterator[Frame]:
        if start > 0:
            stamps = self._index()
            if stamps:
                first = bisect.bisect_left(range(len(stamps)), start - ROUNDING, key=self._time_of)
                if first == len(stamps):
                    return
                found = self._from(first, end)
                if found is not None:
                    yield from found
                    return
        yield from self._from_beginning(start, end)

    def _time_of(self, number: int) -> float:
        if self.given_fps:
            return number / self.fps
        return float(self._stamps[number] * self._base - self.origin)

    def _from(self, first: int, end: float | None) -> Iterator[Frame] | None:
        """The frames from a number on, by a leap to shortly before; `None` where no leap ends before it."""
        for back in SEEK_BACK:
            film = OpenFilm(self.path)
            container, stream = film.__enter__()
            state = Reading()
            frames = frames_after_leap(container, stream, self._stamps[first] - round(back / stream.time_base), state)
            frame = next(frames, None)
            if frame is not None and frame.pts is not None and frame.pts <= self._stamps[first]:
                return self._numbered(film, stream, frame, frames, state, first, end)
            film.__exit__()
        return None

    def _numbered(self, film, stream, frame, frames, state: Reading, first: int, end: float | None) -> Iterator[Frame]:
        with_number = {stamp: number for number, stamp in enumerate(self._stamps)}
        wanted, missing, trusted = first, 0, True
        gaps = Gaps(1 / self.own_fps)
        try:
            while frame is not None:
                number = with_number.get(frame.pts)
                if number is None and (frame.pts is None or frame.pts > self._stamps[first]):
                    trusted = False
                    break
                if number is not None and number >= wanted:
                    time = self._time_of(number)
                    if end is not None and time >= end - ROUNDING:
                        break
                    check_size(self.path, frame, stream)
                    missing, wanted = missing + number - wanted, number + 1
                    gaps.see(time)
                    yield Frame(number, time, shown_picture(frame, stream))
                frame = next(frames, None)
            if frame is None and wanted < len(self._stamps):
                trusted = state.damaged > 0
            if missing and state.damaged and trusted:
                warnings.warn(
                    f"`{self.path}` is damaged: {missing} frame(s) of this part cannot be read.", stacklevel=4
                )
            elif trusted:
                self._tell_gaps(film.container, gaps)
        finally:
            film.__exit__()
        if not trusted:  # after a leap this container tells other times
            for frame in self._from_beginning(self._time_of(wanted), end):
                if frame.index >= wanted:
                    yield frame

    def _from_beginning(self, start: float, end: float | None) -> Iterator[Frame]:
        with OpenFilm(self.path) as (container, stream):
            state = Reading()
            timeline, gaps, index = Timeline(self.origin, 1 / self.own_fps), Gaps(1 / self.own_fps), -1
            for frame, _ in shown_frames(container, stream, state):
                index += 1 + state.lost
                told = timeline.tell(frame.pts, stream.time_base)
                time = index / self.fps if self.given_fps else told
                if end is not None and time >= end - ROUNDING:
                    return
                if time >= start - ROUNDING:
                    gaps.see(told)
                    check_size(self.path, frame, stream)
                    yield Frame(index, time, shown_picture(frame, stream))
            if not self.given_fps and timeline.describe():
                warnings.warn(f"The time stamps of `{self.path}` are mended: {timeline.describe()}.", stacklevel=3)
            if not self._tell_damage(container, stream, state, timeline.joined > 0):
                self._tell_gaps(container, gaps)

    def _tell_gaps(self, container, gaps: Gaps) -> None:
        lacking = gaps.describe() if container.format.name in LOSSY else None
        if lacking:
            warnings.warn(f"`{self.path}` {lacking}; it is damaged, or nothing was recorded there.", stacklevel=5)

    def _tell_damage(self, container, stream, state: Reading, joined: bool) -> bool:
        """
        Says once what the film lacks, and returns whether it lacks anything.

        Frames that a recorder dropped, with the time going on, lack nowhere.
        """
        declared = _end_of(stream) if stream.duration else Fraction(container.duration or 0, av.time_base)
        declared, whole = float(declared - self.origin), True
        if "mp4" in container.format.name:
            whole, seconds = promise_of(self.path)
            declared = max(declared, seconds or 0.0)
        reached = declared if state.end is None else float(state.end - self.origin)
        missing = 0.0 if joined else declared - reached
        step = 1 / self.own_fps
        cut = missing > max(SHORT, 3 * step) or (state.packets < stream.frames and missing > WHOLE * step)
        if told := state.damaged or cut or not whole:
            expected = f" of {stream.frames}" if stream.frames > state.shown else ""
            ends = f", up to {reached:.2f} s of {declared:.2f} s" if missing > 0.5 * step else ""
            warnings.warn(
                f"`{self.path}` is damaged or cut off: {state.shown}{expected} frames were read{ends}.", stacklevel=4
            )
        return bool(told)

    def _index(self) -> list[int]:
        """
        Time stamps of the frames that are shown, in order, from the packets alone; empty where these do not tell.

        They do not where a packet has no stamp, where stamps repeat or fall back, or where the first pictures that
        come out are not the ones that the packets promise, unless damage tells why. What is promised before the first
        picture that comes out does not count: what it is made from may be missing, as where a broadcast was tuned in.
        """
        if self._stamps is None:
            self._stamps = self._made_index()
        return self._stamps

    def _made_index(self) -> list[int]:
        stamps, order, last = [], [], None
        with OpenFilm(self.path) as (container, stream):
            self._base = stream.time_base
            for packet in container.demux(stream):
                if packet.size == 0:
                    continue
                if packet.pts is None or (last is not None and packet.dts is not None and packet.dts <= last):
                    return []
                last = packet.dts if packet.dts is not None else last
                order.append(packet.pts)
                if not packet.is_discard:
                    stamps.append(packet.pts)
        if len(set(stamps)) < len(stamps) or has_no_stamps(container, stream):
            return []
        # what the first packets give
        with OpenFilm(self.path) as (container, stream):
            begun, state = [], Reading()
            for frame, number in shown_frames(container, stream, state):
                begun.append(frame.pts)
                if number >= FIRST_PACKETS:
                    break
        if None in begun or begun != sorted(begun) or not begun:
            return []
        stamps = sorted(stamp for stamp in stamps if stamp >= begun[0])
        if not state.damaged and stamps[: len(begun)] != begun:
            return []
        return stamps if set(begun) <= set(stamps) else []


def _end_of(stream) -> Fraction:
    """The time stamp in seconds at which a stream of known duration ends by its header."""
    return ((stream.start_time or 0) + stream.duration) * stream.time_base

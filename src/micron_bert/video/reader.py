"""Reading films: any file that PyAV decodes, or a folder of frames, one frame at a time."""

import bisect
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np

from micron_bert.errors import InputError
from micron_bert.video.picture import MOST_PIXELS, PICTURE_SUFFIXES, natural_key, read_image

VIDEO_SUFFIXES = (
    ".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".wmv", ".mpg", ".mpeg", ".gif",
    ".flv", ".3gp", ".ts", ".mts", ".m2ts",
)  # fmt: skip
FOLDER_FPS = 30.0
SEEK_BACK = (0.0, 2.0, 10.0)  # seconds before the wanted frame from which decoding is tried, and then the beginning
ROUNDING = 1e-6  # seconds: a frame at 0.2 s is wanted from `start=0.2`, however both were rounded


class Frame(NamedTuple):
    """One frame: its number from 0, its time in seconds from the start, and its picture `(H, W, 3)`, RGB, uint8."""

    index: int
    time: float
    image: np.ndarray


class Video:
    """
    A film that is read frame by frame, as often as wanted; made by [`open_video`].

    Attributes:
        name (`str`): path it was opened with.
        fps (`float`): frames per second (the mean, when the frames are not evenly spaced).
        num_frames (`int` or `None`): number of frames, as far as the file tells.
        width (`int`), height (`int`): in pixels, as displayed.
        duration (`float` or `None`): in seconds, as far as the file tells.
    """

    def __init__(self, name: str, fps: float, num_frames: int | None, width: int, height: int, duration: float | None):
        self.name, self.fps, self.num_frames, self.duration = name, fps, num_frames, duration
        self.width, self.height = width, height

    def __enter__(self) -> "Video":
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        return self.frames()

    @property
    def bits_per_pixel(self) -> float | None:
        """Size of the file by its pixels, sound included; `None` of pictures, or where their number is unknown."""
        path = Path(self.name)
        pixels = self.width * self.height * (self.num_frames or (self.duration or 0) * self.fps)
        return 8 * path.stat().st_size / pixels if pixels and path.is_file() else None

    def close(self) -> None:
        """Nothing stays open between two reads."""

    def frames(self, start: float = 0.0, end: float | None = None) -> Iterator[Frame]:
        """
        The frames with `start <= time < end`, in seconds.

        Raises:
            [`InputError`]: there are none, or a frame has another size than the first.
        """
        if start < 0 or (end is not None and end <= start):
            raise InputError(f"`start` is `{start}` and `end` is `{end}`; both are seconds with 0 <= start < end.")
        return self._checked(self._read(start, end), start, end)

    def _checked(self, frames: Iterator[Frame], start: float, end: float | None) -> Iterator[Frame]:
        empty = True
        for frame in frames:
            height, width = frame.image.shape[:2]
            if (width, height) != (self.width, self.height):
                raise InputError(
                    f"Frame {frame.index} of `{self.name}` has `{width}x{height}` pixels, the first frame "
                    f"`{self.width}x{self.height}`; all frames must have one size."
                )
            empty = False
            yield frame
        if empty:
            length = f"lasts {self.duration:.2f} s" if self.duration is not None else "is shorter"
            raise InputError(f"`{self.name}` has no frame between `{start}` s and `{end}` s; it {length}.")

    def _read(self, start: float, end: float | None) -> Iterator[Frame]:
        raise NotImplementedError


def open_video(source: str | os.PathLike, fps: float | None = None) -> Video:
    """
    Open a film.

    Args:
        source (`str` or `os.PathLike`):
            A video file, an animated GIF, a picture (a film of one frame), or a folder of frames (in natural order:
            `img9` before `img10`).
        fps (`float`, *optional*):
            Frames per second at which the frames were recorded. Defaults to what the file says, and to 30 for a
            folder. Give it for high-speed recordings that are stored at an ordinary rate.

    Returns:
        [`Video`]: a context manager and an iterable of [`Frame`].

    Raises:
        [`InputError`]: the source is missing, is not a film, or has no frame that can be decoded.
    """
    path = Path(source)
    if fps is not None and not fps > 0:
        raise InputError(f"`fps` is `{fps}`; it must be a positive number of frames per second.")
    if path.is_dir():
        return FrameFolder(path, fps)
    if not path.exists():
        raise InputError(f"There is no video `{path}`; check the path.")
    if path.suffix.lower() in PICTURE_SUFFIXES:
        return FrameFolder(path, fps)
    return VideoFile(path, fps)


class FrameFolder(Video):
    """Pictures in a folder, or a single picture, as a film."""

    def __init__(self, path: Path, fps: float | None = None):
        self.paths = [path] if path.is_file() else _pictures(path)
        if not self.paths:
            raise InputError(f"The folder `{path}` has no pictures; frames must be files such as `0001.png`.")
        height, width = read_image(self.paths[0]).shape[:2]
        fps = float(fps or FOLDER_FPS)
        super().__init__(str(path), fps, len(self.paths), width, height, len(self.paths) / fps)

    def _read(self, start: float, end: float | None) -> Iterator[Frame]:
        for index, path in enumerate(self.paths):
            time = index / self.fps
            if time >= start - ROUNDING and (end is None or time < end - ROUNDING):
                yield Frame(index, time, read_image(path))


def _pictures(folder: Path) -> list[Path]:
    paths = [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()]
    paths = [path for path in paths if not path.name.startswith(".")]
    return sorted(paths, key=lambda path: natural_key(path.name))


class VideoFile(Video):
    """A film in a container file. Each reading opens the file anew, so several can go on at a time."""

    def __init__(self, path: Path, fps: float | None = None):
        self.path, self.given_fps = path, fps
        with self._open() as (container, stream):
            rate = stream.average_rate or stream.guessed_rate or stream.base_rate
            own_fps = float(rate) if rate else FOLDER_FPS
            count = stream.frames or None
            duration = float(stream.duration * stream.time_base) if stream.duration else None
            if duration is None and container.duration:
                duration = container.duration / av.time_base
            first = next((frame for packet in container.demux(stream) for frame in _decode(packet) or ()), None)
            if first is None:
                raise InputError(f"No frame of `{path}` can be decoded; is the file complete?")
            height, width = _picture(first, stream).shape[:2]
        if fps and duration is not None:
            duration = (count or round(duration * own_fps)) / fps
        super().__init__(str(path), float(fps or own_fps), count, width, height, duration)

    def _open(self) -> "_OpenFile":
        return _OpenFile(self.path)

    def _read(self, start: float, end: float | None) -> Iterator[Frame]:
        with self._open() as (container, stream):
            index, first = 0, None
            if start > 0:
                times = self._times()
                index = bisect.bisect_left([time for time, _ in times], start - ROUNDING)
                if times and index == len(times):
                    return
                first = times[index][1] if times else None  # without time stamps it is read from the beginning
            origin, packets, damaged = stream.start_time or 0, 0, 0
            for packet, decoded in _from(container, stream, first):
                packets += packet.size > 0
                damaged += decoded is None
                for frame in decoded or ():
                    if first is not None and frame.pts is not None and frame.pts < first:
                        continue
                    if frame.is_corrupt:
                        damaged += 1
                        continue
                    if self.given_fps or frame.pts is None:
                        time = index / self.fps
                    else:
                        time = float((frame.pts - origin) * stream.time_base)
                    if end is not None and time >= end - ROUNDING:
                        return
                    if time < start - ROUNDING:
                        index += 1
                        continue
                    yield Frame(index, time, _picture(frame, stream))
                    index += 1
            if damaged or (start == 0 and packets < stream.frames):
                expected = f" of {stream.frames}" if stream.frames else ""
                warnings.warn(
                    f"`{self.path}` is damaged or cut off: {index}{expected} frames were read.", stacklevel=3
                )

    def _times(self) -> list[tuple[float, int]]:
        """Time and presentation time stamp of every frame, in order, without decoding any."""
        with self._open() as (container, stream):
            stamps = sorted(packet.pts for packet in container.demux(stream) if packet.pts is not None)
            origin, base = stream.start_time or 0, stream.time_base
        if self.given_fps:
            return [(index / self.fps, stamp) for index, stamp in enumerate(stamps)]
        return [(float((stamp - origin) * base), stamp) for stamp in stamps]


def _from(container, stream, first: int | None) -> Iterator[tuple]:
    """
    Packets with their frames (`None` where they cannot be decoded), from `first` (a time stamp) or shortly before.

    Containers without an index end up beside what they were asked for, so that where they are is looked at.
    """
    for back in SEEK_BACK if first is not None else ():
        begun = []
        try:
            container.seek(first - round(back / stream.time_base), stream=stream, backward=True)
        except av.FFmpegError:
            break
        packets = container.demux(stream)
        for packet in packets:
            begun.append((packet, _decode(packet)))
            shown = [frame.pts for frame in begun[-1][1] or () if frame.pts is not None and not frame.is_corrupt]
            if shown:
                if shown[0] > first:
                    break  # too late
                yield from begun
                yield from ((packet, _decode(packet)) for packet in packets)
                return
    if first is not None:
        with _OpenFile(Path(container.name)) as (again, same):
            yield from ((packet, _decode(packet)) for packet in again.demux(same))
        return
    yield from ((packet, _decode(packet)) for packet in container.demux(stream))


class _OpenFile:
    """An opened container with its first video stream, and one clear sentence when it has none."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self):
        try:
            # the whole path: what stands before a colon would be taken for a protocol
            self.container = av.open(str(self.path.resolve()), metadata_errors="replace")
        except (av.FFmpegError, OSError, ValueError) as error:
            raise InputError(
                f"`{self.path}` cannot be read as a video ({_reason(error)}); is it one, and complete?"
            ) from error
        if not self.container.streams.video:
            self.container.close()
            raise InputError(f"`{self.path}` has no picture in it, only other streams; pass a video.")
        stream = _main_stream(self.container)
        if _displayed_width(stream) * stream.codec_context.height > MOST_PIXELS:
            self.container.close()
            raise InputError(
                f"`{self.path}` has pictures of `{_displayed_width(stream)}x{stream.codec_context.height}` pixels; at "
                f"most {MOST_PIXELS // 10**6} million are read. Make them smaller first."
            )
        stream.thread_type = "AUTO"
        return self.container, stream

    def __exit__(self, *exception):
        self.container.close()


def _main_stream(container):
    """The stream that players show: no cover picture, and of several the one that FFmpeg takes for the best."""
    films = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    best = container.streams.best("video")
    return best if best in films or not films else films[0]


def _displayed_width(stream) -> int:
    """Width in square pixels, before any rotation."""
    aspect = stream.sample_aspect_ratio
    return round(stream.codec_context.width * aspect) if aspect else stream.codec_context.width


def _decode(packet) -> list | None:
    """Frames of a packet; `None` when it cannot be decoded."""
    try:
        return packet.decode()
    except av.FFmpegError:
        return None


def _picture(frame, stream) -> np.ndarray:
    """The picture of a decoded frame as displayed: square pixels, upright."""
    aspect = stream.sample_aspect_ratio
    width = round(frame.width * aspect) if aspect else frame.width
    image = frame.to_ndarray(format="rgb24", width=width, height=frame.height)
    return np.ascontiguousarray(_upright(image, frame))


def _upright(image: np.ndarray, frame) -> np.ndarray:
    """A picture turned and mirrored as the file asks for, by quarters of a turn."""
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is None:
        return image
    # 3x3, row vectors: x' = a x + c y, y' = b x + d y
    a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].tolist()
    if abs(a) + abs(d) < abs(b) + abs(c):
        image, a, d = image.transpose(1, 0, 2), c, b
    return image[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)

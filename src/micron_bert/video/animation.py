"""Animated pictures as films: WebP, PNG, GIF, and stacks of TIFF."""

from collections.abc import Iterator
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.model.container_micron_bert import pages_of, turn_to
from micron_bert.video.frames import FOLDER_FPS, ROUNDING, Frame, Video
from micron_bert.video.picture import open_picture, quiet_pillow, samples_of, to_bytes, white_of


def is_animated(path: Path) -> bool:
    """Whether a picture file has more than one picture that follow each other."""
    try:
        with quiet_pillow(), open_picture(path) as picture:
            # the further pictures of a camera's JPEG (MPO) are views, and of a photograph's HEIC others
            return picture.format not in ("MPO", "HEIF", "AVIF") and len(pages_of(picture)) > 1
    except (OSError, ValueError, SyntaxError, EOFError):
        return False


class Animation(Video):
    """A file of several pictures. Where it tells no times, as TIFF does not, it has 30 frames per second."""

    def __init__(self, path: Path, fps: float | None = None):
        self.path, self.white, times = path, None, [0.0]
        with quiet_pillow(), open_picture(path) as picture:
            self.pages = pages_of(picture)
            self.count = len(self.pages)
            for number in self.pages:
                try:
                    turn_to(picture, number)
                    samples = samples_of(picture, path, number)
                except (OSError, ValueError, SyntaxError, EOFError) as error:
                    raise InputError(
                        f"Picture {number} of `{path}` cannot be read; is the file complete? It has {self.count}."
                    ) from error
                if len(times) == 1:
                    height, width = samples.shape[:2]
                self.white = max(self.white or 0, white_of(samples, picture))
                times.append(times[-1] + float(picture.info.get("duration") or 0) / 1000)
        own_fps = self.count / times[-1] if times[-1] > 0 else FOLDER_FPS
        # a rate that is given counts for more, and so does one where some pictures have no duration
        even = fps or (own_fps if any(b <= a for a, b in zip(times, times[1:], strict=False)) else None)
        self.times = [number / even for number in range(self.count + 1)] if even else times
        super().__init__(str(path), float(fps or own_fps), self.count, width, height, self.times[-1])

    def _read(self, start: float, end: float | None) -> Iterator[Frame]:
        with open_picture(self.path) as picture:
            for number, time in enumerate(self.times[: self.count]):
                if end is not None and time >= end - ROUNDING:
                    return
                if time >= start - ROUNDING:
                    turn_to(picture, self.pages[number])
                    samples = samples_of(picture, self.path, self.pages[number])
                    yield Frame(number, time, to_bytes(samples, self.white))

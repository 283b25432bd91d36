"""Pictures in a folder, or a single one, as a film."""

from collections.abc import Iterator
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.video.frames import FOLDER_FPS, ROUNDING, Frame, Video
from micron_bert.video.picture import PICTURE_SUFFIXES, common_white, natural_key, read_image


class FrameFolder(Video):
    """Pictures in a folder, or a single picture, as a film."""

    def __init__(self, path: Path, fps: float | None = None):
        self.paths = [path] if path.is_file() else _pictures(path)
        if not self.paths:
            raise InputError(f"The folder `{path}` has no pictures; frames must be files such as `0001.png`.")
        self.white = common_white(self.paths)
        height, width = read_image(self.paths[0], self.white).shape[:2]
        fps = float(fps or FOLDER_FPS)
        super().__init__(str(path), fps, len(self.paths), width, height, len(self.paths) / fps)

    def _read(self, start: float, end: float | None) -> Iterator[Frame]:
        for index, path in enumerate(self.paths):
            time = index / self.fps
            if time < start - ROUNDING or (end is not None and time >= end - ROUNDING):
                continue
            image = read_image(path, self.white)
            height, width = image.shape[:2]
            if (width, height) != (self.width, self.height):
                raise InputError(
                    f"Frame {index} of `{self.name}` has `{width}x{height}` pixels, the first frame "
                    f"`{self.width}x{self.height}`; all frames must have one size."
                )
            yield Frame(index, time, image)


def _pictures(folder: Path) -> list[Path]:
    paths = [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES and path.is_file()]
    paths = [path for path in paths if not path.name.startswith(".")]
    return sorted(paths, key=lambda path: natural_key(path.name))

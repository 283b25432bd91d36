"""From a visitor's clip or pictures to everything that the page shows."""

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from micron_bert.demo.limits import check_clip, check_picture
from micron_bert.errors import InputError, NoFaceError
from micron_bert.recognition.detection import Detection, surest
from micron_bert.recognition.recognition import Recognition
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting import Curve, Interval, Spotter
from micron_bert.video.reader import open_video

SHOWN_FRAMES = 150  # frames that the slider steps through, at most
SHOWN_SIDE = 240  # pixels
ROOM = 0.25  # of the face's side, around it

Tell = Callable[[float, str], None]


@dataclass(frozen=True)
class Analysis:
    """
    Attributes:
        recognition ([`Recognition`]): the strongest expression, or the strongest movement where there is none.
        interval ([`Interval`] or `None`): the expression that it is.
        intervals (`list[Interval]`): all expressions.
        curve ([`Curve`] or `None`): of the clip; None for two pictures.
        faces (`dict[int, bytes]`): JPEG files of the face, by number of the frame.
    """

    recognition: Recognition
    interval: Interval | None
    intervals: list[Interval]
    curve: Curve | None
    faces: dict[int, bytes]


class NoFaceSeen(NoFaceError):
    """
    A film without a face.

    Args:
        sentence (`str`): what to do.
        picture (`bytes`): JPEG file of a frame as it was read, so that a visitor sees what there was to see.
    """

    def __init__(self, sentence: str, picture: bytes):
        super().__init__(sentence)
        self.picture = picture


class Analyst:
    """
    Looks at clips and at pairs of pictures.

    Args:
        recognizer ([`Recognizer`]):
            With the model that measures and names.
    """

    def __init__(self, recognizer: Recognizer):
        self.recognizer = recognizer
        self.spotter = Spotter(recognizer)

    def analyse_pair(self, onset: str | os.PathLike, apex: str | os.PathLike, tell: Tell) -> Analysis:
        """
        Raises:
            [`InputError`]: a picture cannot be read, is too large, shows no face, or has another size than the other.
        """
        sizes = [check_picture(path) for path in (onset, apex)]
        if sizes[0] != sizes[1]:
            (w, h), (other_w, other_h) = sizes
            raise InputError(
                f"The first picture has `{w}x{h}` pixels, the second one `{other_w}x{other_h}`; both must be frames "
                "of one recording, uncut."
            )
        tell(0.2, "Finding the face in both pictures")
        return Analysis(self.recognizer.recognize_pair(onset, apex), None, [], None, {})

    def analyse_clip(self, path: str | os.PathLike, tell: Tell) -> Analysis:
        """
        Raises:
            [`NoFaceSeen`]: the clip shows no face.
            [`InputError`]: it cannot be read, or is too large or too long.
        """
        tell(0.0, "Looking at the file")
        check_clip(path)
        course = self._follow(path, tell)
        tell(0.75, "Naming the movement")
        detection = course.detection
        recognition = self.spotter.name(path, detection, course.curve)
        tell(0.9, "Cutting out the frames of the face")
        faces = dict(_faces(path, course.boxes, {recognition.onset, recognition.apex}))
        return Analysis(recognition, surest(detection.findings), list(detection.findings), course.curve, faces)

    def _follow(self, path, tell: Tell) -> "_Course":
        """The movement of the largest face, frame by frame."""
        boxes, last = {}, None

        def keep(frame, update) -> None:
            nonlocal last
            last = frame.image
            if update.box is not None:
                boxes[frame.index] = update.box

        def progress(time: float, last: float | None) -> None:
            tell(0.05 + 0.7 * (min(time / last, 1.0) if last else 0.5), f"Following the face: {time:.1f} s")

        try:
            spotting = self.spotter.spot(path, progress=progress, on_frame=keep)
        except NoFaceError:
            raise NoFaceSeen(
                f"No face was found in `{Path(path).name}`; use a clip with a face seen from the front, not too small "
                "and not in the dark.",
                to_jpeg(_whole(last)),
            ) from None
        return _Course(spotting.curve, spotting.detection, boxes)


@dataclass(frozen=True)
class _Course:
    curve: Curve
    detection: Detection
    boxes: dict[int, tuple[float, float, float, float]]  # of the face, by number of the frame


def _faces(path, boxes: dict[int, tuple], wanted: set[int]) -> Iterator[tuple[int, bytes]]:
    """Small pictures of the face, through a window that stands still unless the face walks away."""
    numbers = np.array(sorted(boxes))
    step = -(-len(numbers) // SHOWN_FRAMES)
    shown = {*numbers[::step].tolist(), *wanted}
    corners = np.array([boxes[number] for number in numbers])
    sides = (corners[:, 2:] - corners[:, :2]).max(axis=1)
    low, high = corners[:, :2].min(axis=0), corners[:, 2:].max(axis=0)
    still = (high - low).max() < 1.5 * np.median(sides)
    with open_video(path) as video:
        for frame in video:
            if frame.index in shown:
                if not still:
                    nearest = int(np.abs(numbers - frame.index).argmin())
                    low, high = corners[nearest, :2], corners[nearest, 2:]
                yield frame.index, to_jpeg(_window(frame.image, (low + high) / 2, (high - low).max()))


def _whole(image: np.ndarray) -> np.ndarray:
    """A picture of `SHOWN_SIDE` pixels on the longer side, at most."""
    scale = min(1.0, SHOWN_SIDE / max(image.shape[:2]))
    size = [max(1, round(scale * side)) for side in image.shape[1::-1]]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _window(image: np.ndarray, centre: np.ndarray, side: float) -> np.ndarray:
    """A square part of a picture, `(SHOWN_SIDE, SHOWN_SIDE, 3)`, the edge repeated beyond the picture."""
    scale = SHOWN_SIDE / (side * (1 + 2 * ROOM))
    matrix = np.array([[scale, 0, 0], [0, scale, 0]])
    matrix[:, 2] = SHOWN_SIDE / 2 - scale * np.asarray(centre)
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.warpAffine(image, matrix, (SHOWN_SIDE, SHOWN_SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def to_jpeg(image: np.ndarray) -> bytes:
    """A picture `(H, W, 3)`, RGB uint8, as a JPEG file."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()

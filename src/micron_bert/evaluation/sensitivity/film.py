"""A film whose face was followed, and its pictures with expressions on that face."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import tee

import numpy as np

from micron_bert.errors import NoFaceError
from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.spotting.causes import SPEECH
from micron_bert.spotting.followed_face import followed_film
from micron_bert.spotting.regions import openings
from micron_bert.synthesis.films.expressions import Expression
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.real.injection import field_of, inject_into_picture
from micron_bert.synthesis.rendering.codec import through_film
from micron_bert.video.frames import Frame
from micron_bert.video.reader import open_video

CROP = 112  # pixels: side of the crop that the expression's field is made for
FURTHEST = 0.1  # seconds from a frame to the one in which the face was followed; further away nothing is put in


@dataclass(frozen=True)
class FollowedFilm:
    """
    Where the largest face of a film is, picture by picture.

    Attributes:
        source (`str`): the film.
        start, end (`float`): the part that is looked at, in seconds.
        fps (`float`): frames per second.
        given (`float` or `None`): frames per second that the film was read at, if not what the file says.
        times (`np.ndarray` of shape `(T,)`): seconds of the pictures in which the face was followed.
        transforms (`np.ndarray` of shape `(T, 2, 3)`): pixels of a picture to pixels of the crop.
        landmarks (`np.ndarray` of shape `(T, 468, 2)`): in pixels of the crop.
    """

    source: str
    start: float
    end: float
    fps: float
    given: float | None
    times: np.ndarray
    transforms: np.ndarray
    landmarks: np.ndarray

    @classmethod
    def of(cls, source: str | os.PathLike, start: float, end: float, fps: float | None = None) -> "FollowedFilm":
        """
        Follows the face.

        Raises:
            [`InputError`]: the film cannot be read.
            [`NoFaceError`]: it shows no face.
        """
        try:
            followed = followed_film(source, CROP, start, end, fps)
        except NoFaceError as error:
            raise NoFaceError(
                f"No face was found in `{source}`; pass a film with a face seen from the front."
            ) from error
        with open_video(source, fps) as video:
            rate = video.fps
        parts = (followed[name] for name in ("times", "transform", "landmarks"))
        return cls(str(source), start, end, rate, fps, *parts)

    @property
    def seconds(self) -> float:
        """From the first picture with a face to the last."""
        return float(self.times[-1] - self.times[0])

    @property
    def eyes(self) -> float:
        """Mean distance between the eyes in pixels of a picture."""
        sides = np.hypot(self.transforms[:, 0, 0], self.transforms[:, 0, 1])  # pixels of the crop to one of a picture
        return float(np.mean(EYE_DISTANCE * CROP / sides))

    def shows(self, expression: Expression) -> bool:
        """Whether the face is followed without a gap while an expression lasts."""
        course = expression.course
        inside = self.times[(self.times >= course.onset) & (self.times <= course.offset)]
        return bool(np.diff([course.onset, *inside, course.offset]).max() < FURTHEST)

    def talks(self, expression: Expression) -> bool:
        """Whether the lips open or close while an expression lasts, in the film as it is."""
        course = expression.course
        inside = np.flatnonzero((self.times >= course.onset) & (self.times <= course.offset))
        return bool(np.ptp([openings(self.landmarks[place])[1] for place in inside]) >= SPEECH)

    def frames(self, expressions: Sequence[Expression] = (), rate_factor: int | None = None) -> Iterator[Frame]:
        """
        The pictures with expressions on the face, one at a time.

        Args:
            expressions (`Sequence[Expression]`): what and when, in seconds of the film; [`shows`] holds of each.
            rate_factor (`int`, *optional*): of H.264, with which the pictures are compressed afterwards.
        """
        fields = [(one.course, field_of(one, self.landmarks, self.times, CROP, Habits())) for one in expressions]
        with open_video(self.source, self.given) as video:
            frames = (self._with(frame, fields) for frame in video.frames(self.start, self.end))
            yield from frames if rate_factor is None else _compressed(frames, rate_factor)

    def _with(self, frame: Frame, fields: list) -> Frame:
        near = int(np.abs(self.times - frame.time).argmin())
        shares = [float(course.intensity(np.array([frame.time]))[0]) for course, _ in fields]
        if not any(shares) or abs(self.times[near] - frame.time) >= FURTHEST:
            return frame
        moved = sum(np.float32(share) * field for share, (_, field) in zip(shares, fields, strict=True) if share)
        return frame._replace(image=inject_into_picture(frame.image, self.transforms[near], moved))


def _compressed(frames: Iterable[Frame], rate_factor: int) -> Iterator[Frame]:
    """The same frames after compression, without a last odd row or column, which the format cannot have."""
    frames, ahead = tee(frames)
    pictures = (frame.image[: frame.image.shape[0] & ~1, : frame.image.shape[1] & ~1] for frame in ahead)
    for frame, picture in zip(frames, through_film(pictures, crf=rate_factor), strict=True):
        yield frame._replace(image=picture)

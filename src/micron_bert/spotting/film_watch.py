"""Watching a film from its first frame to its last: the curves of its faces, and their expressions."""

from collections.abc import Callable

from micron_bert.errors import InputError, NoFaceError
from micron_bert.spotting.interval import Curve, Interval
from micron_bert.spotting.live import LiveSpotter, LiveUpdate
from micron_bert.spotting.point import Points
from micron_bert.video.frames import Frame, Video


class FilmWatch:
    """
    What a live spotter tells of a film.

    Args:
        live ([`LiveSpotter`]): a fresh one.

    Attributes:
        intervals (`list[Interval]`): as they ended.
    """

    def __init__(self, live: LiveSpotter):
        self.live = live
        self.points: dict[int, Points] = {}
        self.intervals: list[Interval] = []

    def watch(
        self,
        video: Video,
        start: float = 0.0,
        end: float | None = None,
        progress: Callable[[float, float | None], None] | None = None,
        on_frame: Callable[[Frame, LiveUpdate], None] | None = None,
    ) -> None:
        """Takes a part of a film, in seconds; arguments as for [`Spotter.spot`]."""
        last = end if end is not None else video.duration
        for frame in video.frames(start, end):
            update = self.live.push(frame.image, frame.time, frame.index)
            self._gather(update)
            if on_frame is not None:
                on_frame(frame, update)
            if progress is not None:
                progress(frame.time, last)
        self._gather(self.live.drain())

    def _gather(self, update: LiveUpdate) -> None:
        for number, points in update.points.items():
            self.points.setdefault(number, Points()).extend(points)
        for number, judgements in update.judgements.items():
            self.points.setdefault(number, Points()).judge(judgements)
        self.intervals.extend(update.interval_closed)

    def curves(self) -> dict[int, Curve]:
        """By number of the face; empty where none was seen."""
        return {number: points.curve() for number, points in sorted(self.points.items())}

    def seen(self, name: object) -> dict[int, Curve]:
        """
        The curves of a film by that name.

        Raises:
            [`InputError`]: it never shows as many faces as were asked for, or a face in one frame only.
            [`NoFaceError`]: it shows no face.
        """
        curves, finder = self.curves(), self.live.finder
        if not curves:
            if finder.most and isinstance(finder.face, int) and finder.face > 0:
                raise InputError(
                    f"`face` is `{finder.face}`, but `{name}` shows {finder.most} face(s) at once; pass a number from "
                    f"0, the largest, to {finder.most - 1}."
                )
            raise NoFaceError(
                f"No face was found in `{name}`; pass a film with a face seen from the front, at least a fifteenth "
                "of the picture's width."
            )
        if all(curve.present.sum() < 2 for curve in curves.values()):
            raise InputError(
                f"`{name}` shows a face in one frame only; an expression is a movement, so give a film of several."
            )
        return curves

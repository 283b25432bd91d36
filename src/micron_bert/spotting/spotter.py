"""Spotting in a film: its curve and the expressions in it."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from micron_bert.arguments.strictness import STRICTNESS
from micron_bert.errors import InputError
from micron_bert.model.recognizer_micron_bert import Runtime
from micron_bert.recognition.detection import Detection, surest
from micron_bert.recognition.recognition import Recognition
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting.answer import decided
from micron_bert.spotting.baseline import Baseline
from micron_bert.spotting.film_watch import FilmWatch
from micron_bert.spotting.head import calibrations_of
from micron_bert.spotting.interval import Curve, Interval, Spotting
from micron_bert.spotting.live import LiveSpotter, LiveUpdate
from micron_bert.spotting.together import watch_together
from micron_bert.spotting.watch_options import WatchOptions
from micron_bert.video.reader import Frame, open_video

AROUND_PEAK = 0.75  # seconds before and after the strongest movement in which its onset and apex are looked for


class Spotter:
    """
    Spots micro- and macro-expressions in films of any length and in streams.

    Args:
        recognizer ([`Recognizer`]):
            Its model measures the movements and names them.
        strictness (`float`, defaults to 0.5):
            As for [`WatchOptions`].

    Raises:
        [`InputError`]: the model has no course head, or one that was not calibrated.
    """

    def __init__(self, recognizer: Recognizer, strictness: float = STRICTNESS):
        self.recognizer, self.options = recognizer, WatchOptions(strictness)
        calibrations_of(recognizer.runtime)

    @property
    def thresholds(self) -> dict[str, float]:
        """Confidence required, by kind."""
        calibrations = calibrations_of(self.recognizer.runtime)
        return {kind: one.required(self.options.strictness) for kind, one in calibrations.items()}

    def live(
        self,
        fps: float = 30.0,
        face: int | tuple[float, float] | str = 0,
        models: str | os.PathLike | None = None,
        **options,
    ) -> LiveSpotter:
        """A spotter for a stream: arguments of [`LiveSpotter`], and fields of [`WatchOptions`] by name."""
        return LiveSpotter(self.recognizer, replace(self.options, **options), fps, face, models)

    def baseline(
        self,
        source: str | os.PathLike,
        start: float,
        end: float,
        fps: float | None = None,
        face: int | tuple[float, float] = 0,
        models: str | os.PathLike | None = None,
    ) -> Baseline:
        """
        The resting level of a face and camera, from a stretch of a film in which the face is neutral.

        Args:
            source (`str` or `os.PathLike`): video file or folder of frames.
            start, end (`float`): the stretch, in seconds.
            fps, face, models: as for [`Spotter.spot`].

        Raises:
            [`InputError`]: the stretch ends before it begins, or shows the face for less than a second.
        """
        if not (0 <= start < end):
            raise InputError(f"The neutral stretch goes from {start:g} to {end:g} s; it must end after it begins.")
        with open_video(source, fps) as video:
            film = FilmWatch(self.live(video.fps, face, models, strictness=0.0))
            film.watch(video, start, end)
        findings = film.intervals + [film.live.strongest] * (film.live.strongest is not None)
        curve = film.curves().get(0)  # one face was asked for
        if curve is None:
            return Baseline.of((start, end), 0.0, [], findings)
        times = curve.times[curve.present]
        seconds = float(times[-1] - times[0]) if len(times) else 0.0
        return Baseline.of((start, end), seconds, curve.movement[curve.present], findings)

    def spot(
        self,
        source: str | os.PathLike,
        start: float = 0.0,
        end: float | None = None,
        fps: float | None = None,
        face: int | tuple[float, float] | str = 0,
        models: str | os.PathLike | None = None,
        progress: Callable[[float, float | None], None] | None = None,
        neutral: tuple[float, float] | None = None,
        on_frame: Callable[[Frame, LiveUpdate], None] | None = None,
        ahead: int | None = None,
    ) -> Spotting:
        """
        Spots in a film, frame by frame; memory grows with its length by the curve alone.

        Args:
            source (`str` or `os.PathLike`):
                Video file or folder of frames.
            start, end (`float`, *optional*):
                Part of the film, in seconds.
            fps (`float`, *optional*):
                Rate at which the frames were recorded; see [`~micron_bert.video.open_video`].
            face (`int`, `tuple` or `str`, defaults to 0):
                The n-th largest face, the one at a point `(x, y)`, or `"all"`.
            models (`str` or `os.PathLike`, *optional*):
                Folder with the face models.
            progress (`Callable`, *optional*):
                Gets the time of each frame and that of the end (`None` if unknown), in seconds.
            neutral (`tuple[float, float]`, *optional*):
                Seconds from and to which the face is neutral. Nothing is reported in them, and elsewhere only what is
                surer than any finding in them. For one face only.
            on_frame (`Callable`, *optional*):
                Gets each frame and the update after it.
            ahead (`int`, *optional*):
                Frames that the model gets in one call; 1 on a processor and 16 on a GPU if left out. Answers are the
                same up to rounding; the updates of `on_frame` come later by as many frames.

        Returns:
            [`Spotting`]: intervals in the order of their onsets, the curve, and whether there is an expression; of
            all faces where `face` is `"all"`.

        Raises:
            [`InputError`]: the source cannot be read, or it never shows as many faces as `face` asks for.
            [`NoFaceError`]: it shows no face.
        """
        if neutral is not None and face == "all":
            raise InputError("A neutral stretch is one person's; give it with the number of one face, not with `all`.")
        baseline = None if neutral is None else self.baseline(source, *neutral, fps, face, models)
        with open_video(source, fps) as video:
            ahead = ahead or self.recognizer.runtime.ahead
            film = FilmWatch(self.live(video.fps, face, models, baseline=baseline, ahead=ahead))
            film.watch(video, start, end, progress, on_frame)
            rate, reliability = video.fps, film.live.reliability(video.fps, video.bits_per_pixel)
        curves = film.seen(source)
        intervals = sorted(film.intervals, key=lambda interval: (interval.onset, interval.face))
        first = next(iter(curves.values()))
        thresholds = self.thresholds if baseline is None else baseline.required(self.thresholds)
        return Spotting(first, intervals, rate, curves, film.live.strongest, thresholds, reliability, baseline)

    def spot_together(
        self, sources: Sequence[str | os.PathLike], together: int | None = None, options: Sequence[dict] = ()
    ) -> Iterator[tuple[int, Spotting | Exception]]:
        """
        Spots in several films side by side: frames of all of them go through the model in one batch.

        Args:
            sources (`Sequence[str | os.PathLike]`): the films.
            together (`int`, *optional*): films at a time; 1 on a processor and 8 on a GPU if left out.
            options (`Sequence[dict]`, *optional*): what [`Spotter.spot`] takes, for each film, without callables.

        Yields:
            `tuple[int, Spotting | Exception]`: the number of a film among the sources, and what was found in it or
            why it could not be looked at; in the order in which they end.
        """

        def watch(number: int, runtime: Runtime, check: Callable[[], None]) -> Spotting:
            one = Spotter(Recognizer(runtime), self.options.strictness)
            of_film = dict(options[number]) if options else {}
            return one.spot(sources[number], progress=lambda time, end: check(), **of_film)

        runtime = self.recognizer.runtime
        return watch_together(runtime, len(sources), together or runtime.together, watch)

    def recognize(self, source: str | os.PathLike, **options) -> Recognition:
        """
        Whether a film shows an expression, and which: the surest micro-expression, else the surest macro-expression.

        Args:
            source (`str` or `os.PathLike`):
                Video file or folder of frames.
            options:
                What [`Spotter.spot`] takes.

        Returns:
            [`Recognition`]: its `detection` says whether there is an expression. The class is `none` where there is
            none; frames and map are then those of the strongest movement.

        Raises:
            [`InputError`]: as [`Spotter.spot`], or the film has a single frame with a face.
        """
        spotting = self.spot(source, **options)
        where = {name: options[name] for name in ("start", "end", "fps", "face", "models") if name in options}
        return replace(self.name(source, spotting.detection, spotting.curve, **where), curve=spotting.curve)

    def name(
        self,
        source: str | os.PathLike,
        detection: Detection,
        curve: Curve,
        start: float = 0.0,
        end: float | None = None,
        **reading,
    ) -> Recognition:
        """
        The surest expression of a film that was spotted, or its strongest movement: two frames of it are read again.

        Args:
            source (`str` or `os.PathLike`): the film.
            detection ([`Detection`]), curve ([`Curve`]): of the film's [`Spotting`].
            start, end (`float`, *optional*): the part that was spotted, in seconds.
            reading: `fps`, `face` and `models`, as it was read.

        Raises:
            [`InputError`]: the film cannot be read again, or shows no face around that moment.
        """
        shown = surest(detection.findings) or detection.strongest
        if shown is not None:
            found = self.recognizer.recognize(
                source, shown.onset, shown.apex, moments=(shown.start, shown.peak), **reading
            )
            return decided(found, detection)
        if np.isfinite(curve.movement).any():  # without a candidate: the part around the curve's peak
            peak = float(curve.times[np.nanargmax(curve.movement)])
            start = max(start, peak - AROUND_PEAK)
            end = peak + AROUND_PEAK if end is None else min(end, peak + AROUND_PEAK)
        return decided(self.recognizer.recognize(source, start=start, end=end, missing="skip", **reading), detection)


def spot(source: str | os.PathLike, model: str | os.PathLike | None = None, **options) -> list[Interval]:
    """
    The micro- and macro-expressions of a film.

    Args:
        source (`str` or `os.PathLike`):
            Video file or folder of frames.
        model (`str` or `os.PathLike`, *optional*):
            Folder or Hub id of a fine-tuned μ-BERT; the small one that comes with the package if left out.
        options:
            `strictness` of [`Spotter`], `device` of [`Recognizer.from_pretrained`], and what [`Spotter.spot`] takes.

    Returns:
        `list[Interval]`: in the order of their onsets.
    """
    strictness, device = options.pop("strictness", STRICTNESS), options.pop("device", None)
    return Spotter(Recognizer.from_pretrained(model, device), strictness).spot(source, **options).intervals

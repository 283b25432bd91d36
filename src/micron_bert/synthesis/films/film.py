"""A synthetic film of some minutes: one person, with expressions among speech, blinks, glances and turns."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from micron_bert.errors import InputError
from micron_bert.synthesis.clips.clip import LOWEST_FPS
from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.renderer import FilmRenderer
from micron_bert.synthesis.films.still import FRAME, Still, place
from micron_bert.synthesis.films.timeline import Timeline
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.rendering.camera import Camera, draw_noise
from micron_bert.synthesis.rendering.view import check_photograph

NOISE_MARGIN = 64  # pixels by which the noise picture exceeds a frame, so that its offset can vary


@dataclass(frozen=True)
class FilmEvent:
    """
    An expression of a film.

    Attributes:
        onset, apex, offset (`int`): the last frame before it, its strongest frame, and the first one without it.
        kind (`str`): `"micro"` (half a second at most) or `"macro"`.
        emotion (`str`): one of `EMOTIONS`.
        amplitude (`float`): largest displacement in % of the inter-ocular distance.
    """

    onset: int
    apex: int
    offset: int
    kind: str
    emotion: str
    amplitude: float


class Film:
    """
    A film that is rendered when its frames are asked for; see [`synthesize_film`].

    Attributes:
        subject (`str`): who it is.
        fps (`float`): frames per second.
        events (`list[FilmEvent]`): the expressions, in order.
        others (`dict[str, list[tuple[float, float]]]`):
            Intervals in seconds of `"blink"`, `"speech"`, `"gaze"`, `"turn"` and `"light"`.
    """

    def __init__(
        self, still: Still, timeline: Timeline, fps: float, nuisances: Nuisances, seed: int, subject: str = ""
    ):
        self.fps, self.subject, self.timeline = float(fps), subject, timeline
        self.others = timeline.others()
        self.count = math.ceil(timeline.duration * fps)
        self.events = [_event(expression, fps) for expression in timeline.expressions]
        self._still, self._seed = still, seed
        rng = np.random.default_rng((seed, 0))
        self._camera = Camera.draw(rng, nuisances)
        self._habits_seed = int(rng.integers(2**63))
        self._shading = float(nuisances.shading * (1 + 0.5 * rng.standard_normal()))

    def __len__(self) -> int:
        return self.count

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.count / self.fps

    @property
    def landmarks(self) -> np.ndarray:
        """Mesh landmarks `(468, 2)` of the face at rest in the middle of its drift, in pixels of the film."""
        return self._still.landmarks

    def frames(self, start: int = 0, stop: int | None = None, step: int = 1) -> Iterator[np.ndarray]:
        """
        The frames `(480, 640, 3)`, RGB uint8, one by one; the same bits whatever part is asked for.

        Args:
            start, stop, step (`int`): as for `range`; to the end of the film without `stop`.
        """
        for index in range(self.count)[start : self.count if stop is None else stop : step]:
            yield self._noise.add(self._renderer.render(index / self.fps), index)

    @cached_property
    def _renderer(self) -> FilmRenderer:
        picture = self._still.developed(self._camera)
        return FilmRenderer(self._still, picture, self.timeline, self._habits_seed, self._shading)

    @cached_property
    def _noise(self) -> "_NoiseBank":
        return _NoiseBank(self._seed, self._camera)


def synthesize_film(
    photograph: np.ndarray,
    landmarks: np.ndarray,
    duration: float,
    fps: float = 30.0,
    rng: np.random.Generator | None = None,
    *,
    rates: EventRates | None = None,
    nuisances: Nuisances | None = None,
    subject: str = "",
) -> Film:
    """
    Make a film out of a photograph of a face.

    The face is 150 to 220 px wide in pictures of 640x480, turns, drifts, blinks, looks around, talks, and makes
    macro- and micro-expressions; the light changes. All sizes are relative to the distance of the eye centres (IOD).

    Args:
        photograph (`np.ndarray` of shape `(H, W, 3)`):
            RGB, uint8; a neutral face seen from the front.
        landmarks (`np.ndarray` of shape `(468, 2)`):
            Mesh landmarks of the face, in its pixels.
        duration (`float`):
            Seconds.
        fps (`float`, defaults to 30):
            Frames per second, 15 at least.
        rng (`np.random.Generator`):
            Source of randomness; the same state gives the same bits.
        rates ([`EventRates`], *optional*):
            How often things happen; `EventRates(micro=0)` for a film to count false alarms on.
        nuisances ([`Nuisances`], *optional*):
            Of it `light`, `shading`, `noise` and `grey` apply.
        subject (`str`): who it is.

    Returns:
        [`Film`]: nothing of it is rendered yet.

    Raises:
        [`InputError`]: shapes that do not fit, a frame rate too low, or more expressions than the film has room for.
    """
    check_photograph(photograph, landmarks)
    if not (np.isfinite(fps) and fps >= LOWEST_FPS):
        raise InputError(f"`fps` is `{fps}`; a micro-expression needs {LOWEST_FPS:g} frames per second at least.")
    if not (np.isfinite(duration) and duration > 0):
        raise InputError(f"`duration` is `{duration}` s; choose a number above 0.")
    rng = np.random.default_rng() if rng is None else rng
    still = place(photograph, landmarks, rng)
    timeline = Timeline.draw(rng, float(duration), rates or EventRates())
    nuisances = nuisances or Nuisances(grey=0.0, noise=(0.5, 1.5))
    return Film(still, timeline, fps, nuisances, int(rng.integers(2**63)), subject)


def _event(expression, fps: float) -> FilmEvent:
    onset, offset = math.floor(expression.course.onset * fps), math.ceil(expression.course.offset * fps)
    intensity = expression.course.intensity(np.arange(onset, offset + 1) / fps)
    apex = onset + int(intensity.argmax())
    return FilmEvent(
        onset, apex, offset, expression.kind, expression.emotion, float(intensity.max() * expression.amplitude)
    )


class _NoiseBank:
    """Sensor noise: one large picture, at another offset for each frame."""

    def __init__(self, seed: int, camera: Camera):
        self.seed = seed
        height, width = FRAME
        noise = draw_noise(np.random.default_rng((seed, 1)), (height + NOISE_MARGIN, width + NOISE_MARGIN, 3))
        if camera.grey:
            noise[...] = noise[..., :1]
        noise = np.round(noise * camera.noise).astype(np.int8)
        # adding and then subtracting saturates as a sensor does and is many times faster than signed numbers
        self.more, self.less = np.maximum(noise, 0).astype(np.uint8), np.maximum(-noise, 0).astype(np.uint8)

    def add(self, image: np.ndarray, index: int) -> np.ndarray:
        """The picture of frame `index` with noise."""
        row, column = np.random.default_rng((self.seed, 2, index)).integers(0, NOISE_MARGIN + 1, 2)
        part = slice(row, row + image.shape[0]), slice(column, column + image.shape[1])
        return cv2.subtract(cv2.add(image, self.more[part]), self.less[part])

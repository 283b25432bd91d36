"""Endless training pairs out of real films: with an injected expression, or at rest, in blinks and in speech."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from micron_bert.errors import InputError
from micron_bert.faces.alignment import transform_points
from micron_bert.synthesis.motion.displacement import (
    forward_field,
    movement_mask,
    pixel_grid,
    transform_grid,
)
from micron_bert.synthesis.motion.distractors import draw_tremor, turn_field
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.full_expression import FullExpression, draw_expression
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.pairs import SyntheticPair
from micron_bert.synthesis.portraits import Portrait
from micron_bert.synthesis.real.course import MotionCourse
from micron_bert.synthesis.real.film import RealFilm, draw_places
from micron_bert.synthesis.real.retargeting import Mask, draw_gain
from micron_bert.synthesis.rendering.camera import Camera
from micron_bert.synthesis.rendering.codec import Codec
from micron_bert.synthesis.rendering.light import draw_light
from micron_bert.synthesis.rendering.view import draw_crop

NOTHING = FullExpression("none", (), 0.0, np.zeros((2, 1, 1), np.float32))
LID_CHANGE = 0.1  # change of closure above which the displacement of the eyes, and so the total, is undefined


@dataclass(frozen=True)
class RealPairSettings:
    """
    How pairs are drawn.

    Attributes:
        none (`float`): share of the pairs without an expression.
        amplitude (`tuple[float, float]`): range of the largest displacement in % IOD, log-uniform.
        broad (`float`), broad_amplitude (`tuple[float, float]`): share of the larger expressions, and their range.
        faint (`float`), faint_amplitude (`tuple[float, float]`):
            Share of the pairs without an expression in which units act too faintly to count as one, and their range in
            % IOD. Faces at rest do that.
        interval (`tuple[float, float]`): range of the time between the frames in seconds.
        reverse (`float`): share of the pairs whose frames are exchanged before injection.
        still (`float`): share of the pairs that are the stillest of `candidates`; the others are not chosen.
        candidates (`int`): see `still`.
        habits ([`Habits`]): variation of the motion model.
        nuisances ([`Nuisances`]): beside what the film brings: crop, turns, tremor, camera and codec.
    """

    none: float = 0.5
    amplitude: tuple[float, float] = (0.8, 5.0)
    broad: float = 0.12
    broad_amplitude: tuple[float, float] = (4.0, 14.0)
    faint: float = 0.5
    faint_amplitude: tuple[float, float] = (0.1, 0.5)
    interval: tuple[float, float] = (0.04, 0.6)
    reverse: float = 0.3
    still: float = 0.4
    candidates: int = 20
    habits: Habits = field(default_factory=lambda: Habits(spread=(0.4, 1.5)))
    nuisances: Nuisances = field(
        default_factory=lambda: Nuisances(
            turn=0.4, tremor=0.08, video=0.6, crf=(15, 27), noise=(0.2, 2.0), grey=0.15, jpeg=0.15
        )
    )

    def places(self, rng: np.random.Generator, stretch: RealFilm | MotionCourse) -> tuple[int, int]:
        """Two frames of a film or of a course."""
        candidates = self.candidates if rng.random() < self.still else 1
        places = draw_places(rng, stretch.times, self.interval, stretch.changed, candidates)
        return places[::-1] if rng.random() < self.reverse else places

    def expression(self, rng: np.random.Generator, landmarks: np.ndarray, size: int) -> FullExpression:
        """An expression, or nothing."""
        if rng.random() < self.none:
            return replace(NOTHING, field=np.zeros((2, size, size), np.float32))
        amplitude = self.broad_amplitude if rng.random() < self.broad else self.amplitude
        return draw_expression(rng, landmarks, size, amplitude, self.habits)

    def twitch(self, rng: np.random.Generator, landmarks: np.ndarray, size: int, moves: bool) -> np.ndarray:
        """Movement beside the expression: parallax of a turn, tremor, faint units where there is none; `(2, S, S)`."""
        regions = FaceRegions(landmarks, (size, size))
        twitch = turn_field(regions, *(self.nuisances.turn * rng.standard_normal(2)))
        twitch += draw_tremor(regions, rng, self.nuisances.tremor)
        if not moves and rng.random() < self.faint:
            twitch += draw_expression(rng, landmarks, size, self.faint_amplitude, self.habits).field
        return twitch

    def codec(self, rng: np.random.Generator, size: int) -> Codec | None:
        """The codec that compresses the pair, or `None`."""
        if rng.random() >= self.nuisances.video:
            return None
        return replace(Codec.draw(rng, size, self.nuisances), head=np.eye(2, 3))


class InjectedPairs(Sequence):
    """
    Pairs of frames of real films, each drawn from `(seed, index)` alone.

    Noise, compression, blinks, gaze, speech and the residue of the registration are those of the films; the expression
    is injected into the later frame. Both frames are resampled once, at the same sub-pixel offset, so that sharpness
    does not give the label away.

    Args:
        films (`list[RealFilm]`): of one size.
        seed (`int`): another seed, other pairs.
        length (`int`): how many there are.
        settings ([`RealPairSettings`]): how they are drawn.

    Items are [`SyntheticPair`]; their `total` is NaN for real movement, whose true displacement is unknown.
    """

    def __init__(
        self, films: list[RealFilm], seed: int = 0, length: int = 100_000, settings: RealPairSettings | None = None
    ):
        if not films:
            raise InputError("There are no films to make pairs of.")
        self.films, self.seed, self.length = films, seed, length
        self.settings = settings or RealPairSettings()
        self.size = films[0].size
        self.ends = np.cumsum([len(film) for film in films])

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> SyntheticPair:
        rng = generator_of(self.seed, index, self.length)
        film = self.films[int(np.searchsorted(self.ends, rng.integers(self.ends[-1]), side="right"))]
        one, other = self.settings.places(rng, film)
        expression = self.settings.expression(rng, film.landmarks[one], self.size)
        return self.render(film, one, other, expression, rng)

    def render(
        self, film: RealFilm, one: int, other: int, expression: FullExpression, rng: np.random.Generator
    ) -> SyntheticPair:
        """The frames `one` and `other` of a film with an expression in the latter."""
        nuisances, size = self.settings.nuisances, self.size
        crop = draw_crop(rng, size, nuisances)
        back = cv2.invertAffineTransform(crop)
        moved = expression.field + self.settings.twitch(rng, film.landmarks[one], size, expression.amplitude > 0)
        # each frame is resampled once, at the same sub-pixel offset, so that both are equally sharp
        places = transform_grid(back, pixel_grid(size, size))
        frames = np.stack([_at(film.frames[one], places), _at(film.frames[other], places - _at(moved, places))])
        codec, camera = self.settings.codec(rng, size), Camera.draw(rng, nuisances)
        light = np.ones((2, size, size), np.float32)
        if codec:
            frames = codec.take(frames, light, camera, np.eye(2, 3), rng)
        else:
            frames = camera.expose(frames, light, rng)
        backward = np.tensordot(crop[:, :2].astype(np.float32), _at(expression.field, places), axes=1)
        units = expression.units
        if np.linalg.det(crop[:, :2]) < 0:
            units = tuple(unit.mirrored() for unit in units)
        return SyntheticPair(
            frames=frames,
            label=expression.label,
            emotion=expression.emotion,
            action_units=units,
            amplitude=expression.amplitude,
            subject=film.subject,
            expression=(forward := forward_field(-backward)),
            total=np.full((2, size, size), np.nan, np.float32),
            mask=movement_mask(forward),
            landmarks=transform_points(crop, film.landmarks[one]).astype(np.float32),
        )


class RetargetedPairs(Sequence):
    """
    Pairs of a photograph with movement measured in a film, each drawn from `(seed, index)` alone.

    Args:
        portraits (`list[Portrait]`): whom to show.
        courses (`list[MotionCourse]`): what moved.
        seed (`int`), length (`int`), settings ([`RealPairSettings`]): as for [`InjectedPairs`].
    """

    def __init__(
        self,
        portraits: list[Portrait],
        courses: list[MotionCourse],
        seed: int = 0,
        length: int = 100_000,
        settings: RealPairSettings | None = None,
    ):
        if not portraits or not courses:
            raise InputError("Retargeting needs portraits and courses of movement.")
        self.portraits, self.courses, self.seed, self.length = portraits, courses, seed, length
        self.settings = settings or RealPairSettings()
        self.size = portraits[0].size

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> SyntheticPair:
        rng = generator_of(self.seed, index, self.length)
        nuisances = self.settings.nuisances
        course = self.courses[rng.integers(len(self.courses))]
        mask = Mask(self.portraits[rng.integers(len(self.portraits))], course, draw_gain(rng))
        one, other = self.settings.places(rng, course)
        expression = self.settings.expression(rng, mask.landmarks, self.size)
        codec = self.settings.codec(rng, self.size)
        twitch = self.settings.twitch(rng, mask.landmarks, self.size, expression.amplitude > 0)
        image = cv2.GaussianBlur(np.asarray(mask.portrait.image), (0, 0), rng.uniform(*nuisances.blur))
        shift = rng.uniform(-0.5, 0.5, 2)
        moved = (None, expression.field + twitch)
        scene = np.stack([mask.look(*what, image, shift) for what in zip((one, other), moved, strict=True)])
        light = np.ones((2, self.size, self.size), np.float32)
        light[1] = draw_light(rng, (self.size, self.size), nuisances.light, None, 0.0)
        camera = Camera.draw(rng, nuisances)
        if codec:
            frames = codec.take(scene, light, camera, np.eye(2, 3), rng)
        else:
            frames = camera.expose(scene, light, rng)
        if abs(mask.closure(one) - mask.closure(other)) > LID_CHANGE:
            total = np.full((2, self.size, self.size), np.nan, np.float32)
        else:
            total = forward_field(mask.field(other) - mask.field(one) - expression.field - twitch)
        subject = mask.portrait.subject
        return finished(
            rng, frames, expression, expression.field, total, subject, mask.landmarks, nuisances.flip
        )  # fmt: skip


def generator_of(seed: int, index: int, length: int) -> np.random.Generator:
    """The generator of one pair; raises IndexError for an index that is not among `length`."""
    if not 0 <= index < length:
        raise IndexError(f"Pair `{index}` is not among the `{length}`.")
    return np.random.default_rng([seed, index])


def _at(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    """A picture `(S, S, 3)`, by bicubic interpolation, or a field `(2, S, S)`, linearly, at places `(2, S, S)`."""
    if picture.ndim == 3 and picture.shape[0] == 2:
        stacked = np.ascontiguousarray(picture.transpose(1, 2, 0))
        found = cv2.remap(stacked, places[0], places[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return found.transpose(2, 0, 1)
    return cv2.remap(
        np.asarray(picture), places[0], places[1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )  # fmt: skip


def finished(
    rng: np.random.Generator,
    frames: np.ndarray,
    expression: FullExpression,
    backward: np.ndarray,
    total: np.ndarray,
    subject: str,
    landmarks: np.ndarray,
    flip: float,
) -> SyntheticPair:
    """The pair with its truth, perhaps mirrored. `backward` is the expression as the later frame was sampled by it."""
    moved = forward_field(-backward) if expression.amplitude else np.zeros_like(total)
    units = expression.units
    if rng.random() < flip:
        sign = np.array([-1, 1], np.float32)[:, None, None]
        frames = np.ascontiguousarray(frames[:, :, ::-1])
        moved, total = (np.ascontiguousarray(field[:, :, ::-1]) * sign for field in (moved, total))
        landmarks = np.column_stack([frames.shape[2] - 1 - landmarks[:, 0], landmarks[:, 1]])
        units = tuple(unit.mirrored() for unit in units)
    return SyntheticPair(
        frames,
        expression.label,
        expression.emotion,
        units,
        expression.amplitude,
        subject,
        moved,
        total,
        movement_mask(moved),
        np.asarray(landmarks, np.float32),
    )

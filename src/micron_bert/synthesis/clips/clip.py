"""A synthetic clip: a neutral face, a micro-expression that comes and goes, and the nuisances around it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from micron_bert.errors import InputError
from micron_bert.labels.emotions import label_of
from micron_bert.synthesis.motion.displacement import movement_mask
from micron_bert.synthesis.motion.face_motion import FaceMotion
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.time_course import TimeCourse, draw_time_course
from micron_bert.synthesis.motion.units import UnitActivation, draw_action_units
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.portraits import Portrait
from micron_bert.synthesis.rendering.camera import Camera
from micron_bert.synthesis.rendering.light import LightCourse
from micron_bert.synthesis.rendering.view import PhotographView, PortraitView

LOWEST_FPS = 15.0  # at a lower rate an expression may fall between two frames


@dataclass(frozen=True)
class SyntheticClip:
    """
    A clip and its ground truth. Fields are displacements (dx, dy) in pixels, from the onset frame to the apex frame.

    Attributes:
        frames (`np.ndarray` of shape `(T, H, W, 3)`): RGB, uint8.
        fps (`float`): frames per second.
        onset (`int`), apex (`int`), offset (`int`):
            Indices of the last frame before the expression, its strongest frame, and the first one without it.
        emotion (`str`): one of `EMOTIONS`.
        label (`int`): index into `LABELS`.
        action_units (`tuple[UnitActivation, ...]`): the coded ones.
        amplitude (`float`): largest displacement in the apex frame, in % of the inter-ocular distance.
        subject (`str`): whose face it is.
        expression (`np.ndarray` of shape `(2, H, W)`): float32, displacement by the expression alone.
        total (`np.ndarray` of shape `(2, H, W)`): float32, with everything else that moved the face.
        mask (`np.ndarray` of shape `(H, W)`): bool, where the expression moved something.
        landmarks (`np.ndarray` of shape `(468, 2)`): float32, in the onset frame.
    """

    frames: np.ndarray
    fps: float
    onset: int
    apex: int
    offset: int
    emotion: str
    label: int
    action_units: tuple[UnitActivation, ...]
    amplitude: float
    subject: str
    expression: np.ndarray
    total: np.ndarray
    mask: np.ndarray
    landmarks: np.ndarray


@dataclass(frozen=True)
class Schedule:
    """The frames of a clip: their times in seconds and the indices of onset, apex and offset."""

    fps: float
    times: np.ndarray
    onset: int
    apex: int
    offset: int
    course: TimeCourse

    @classmethod
    def draw(cls, rng: np.random.Generator, fps: float, lead: float, tail: float) -> "Schedule":
        """Draw the course of an expression and the times of the frames; the onset falls exactly on a frame."""
        if not (np.isfinite(fps) and fps >= LOWEST_FPS):
            raise InputError(f"`fps` is `{fps}`; a micro-expression needs {LOWEST_FPS:g} frames per second at least.")
        onset = round(lead * fps)
        course = draw_time_course(rng, onset / fps)
        offset = int(np.ceil(course.offset * fps))
        times = np.arange(offset + round(tail * fps) + 1) / fps
        return cls(float(fps), times, onset, int(course.intensity(times).argmax()), offset, course)


def synthesize_clip(
    portrait: Portrait,
    emotion: str = "happiness",
    action_units: Sequence[UnitActivation] | None = None,
    amplitude: float = 1.5,
    fps: float = 30.0,
    *,
    rng: np.random.Generator,
    lead: float = 0.3,
    tail: float = 0.3,
    nuisances: Nuisances | None = None,
    habits: Habits | None = None,
) -> SyntheticClip:
    """
    Make a clip of aligned face crops of the portrait's working size.

    Args:
        portrait ([`Portrait`]):
            The face.
        emotion (`str`, defaults to `"happiness"`):
            One of `EMOTIONS`; `"none"` keeps the face neutral while all else goes on.
        action_units (`Sequence[UnitActivation]`, *optional*):
            What acts. Drawn by the shares of the annotation sheets when left out.
        amplitude (`float`, defaults to 1.5):
            Largest displacement in % IOD.
        fps (`float`, defaults to 30):
            Frames per second, 15 at least.
        rng (`np.random.Generator`):
            Source of randomness; the same state gives the same bits.
        lead (`float`), tail (`float`):
            Seconds of neutral face before and after.
        nuisances ([`Nuisances`], *optional*), habits ([`Habits`], *optional*):
            As for [`SyntheticPairs`]; shifts and changes of light are those within .16 s.

    Returns:
        [`SyntheticClip`]

    Raises:
        [`InputError`]: an unknown emotion or unit, or a frame rate too low.
    """
    nuisances, habits = nuisances or Nuisances(), habits or Habits()
    units, amplitude = choose_units(emotion, action_units, amplitude, rng)
    schedule = Schedule.draw(rng, fps, lead, tail)
    view = PortraitView(portrait, amplitude, nuisances, rng)
    acting, head = view.named(units), nuisances.residue
    motion = FaceMotion(
        view.regions, acting, amplitude, schedule.course, schedule.times[-1], head, nuisances, habits, rng
    )
    return render_clip(view, motion, schedule, nuisances, rng, emotion, units, amplitude, portrait.subject)


def render_clip(
    view: PortraitView | PhotographView,
    motion: FaceMotion,
    schedule: Schedule,
    nuisances: Nuisances,
    rng: np.random.Generator,
    emotion: str,
    units: Sequence[UnitActivation],
    amplitude: float,
    subject: str,
) -> SyntheticClip:
    """
    Render the frames of a moving face as a camera takes them, with the ground truth.

    Args:
        view ([`PortraitView`] or [`PhotographView`]): what the camera sees.
        motion ([`FaceMotion`]): how the face moves.
        schedule ([`Schedule`]): when frames are taken.
        nuisances ([`Nuisances`]): of light and camera.
        rng (`np.random.Generator`): source of randomness.
        emotion (`str`), units (`Sequence[UnitActivation]`), amplitude (`float`), subject (`str`):
            Recorded with the clip; the amplitude is that of the full expression, in % IOD.
    """
    view.focus(rng)
    light = LightCourse(rng, view.shape, nuisances)
    camera = Camera.draw(rng, nuisances)
    frames = []
    for time in schedule.times:
        movement = motion.at(time)
        brightness = light.at(time, view.skin(movement))
        frames.append(camera.expose(view.render(movement)[None], brightness[None], rng)[0])
    apex = schedule.times[schedule.apex]
    share = np.float32(schedule.course.intensity(apex))
    expression, total = view.truth(share * motion.expression, motion.at(apex))
    return SyntheticClip(
        np.stack(frames),
        schedule.fps,
        schedule.onset,
        schedule.apex,
        schedule.offset,
        emotion,
        label_of(emotion),
        tuple(units),
        float(share * amplitude),
        subject,
        expression,
        total,
        movement_mask(expression),
        view.landmarks,
    )


def choose_units(
    emotion: str, action_units: Sequence[UnitActivation] | None, amplitude: float, rng: np.random.Generator
) -> tuple[list[UnitActivation], float]:
    """The given units or drawn ones, and the amplitude, which is 0 without units."""
    drawn = draw_action_units(emotion, rng)
    units = drawn if action_units is None else list(action_units)
    if not 0 <= amplitude <= 15:
        raise InputError(f"`amplitude` is `{amplitude}` % of the inter-ocular distance; choose 0 to 15.")
    return units, float(amplitude) if units else 0.0

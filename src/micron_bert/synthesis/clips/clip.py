"""A synthetic clip: a neutral face, a micro-expression that comes and goes, and all that moves meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from micron_bert.errors import InputError
from micron_bert.faces.alignment import EYE_DISTANCE, transform_points
from micron_bert.labels.emotions import label_of
from micron_bert.synthesis.motion.displacement import (
    Movement,
    area_change,
    forward_field,
    movement_mask,
    pixel_grid,
    sample,
)
from micron_bert.synthesis.motion.field import FaceRegions, Habits, expression_field
from micron_bert.synthesis.motion.time_course import BlinkCourse, Drift, TimeCourse, draw_time_course
from micron_bert.synthesis.motion.units import UnitActivation, draw_action_units, draw_companions
from micron_bert.synthesis.portraits import Portrait, frame_to_portrait, working_landmarks
from micron_bert.synthesis.rendering.nuisances import (
    Blink,
    Camera,
    Nuisances,
    draw_crop,
    draw_gaze,
    draw_light,
    draw_speech,
    draw_tremor,
    head_similarity,
    turn_field,
)

LOWEST_FPS = 15.0  # below, an expression may fall between two frames


@dataclass(frozen=True)
class SyntheticClip:
    """
    A clip and what happens in it. Fields are in pixels, (dx, dy): where what the onset frame shows at a pixel is in
    the apex frame.

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


class Performance:
    """
    The movements of one face over time, on the pixel grid of its regions; all of them are zero at the onset.

    Args:
        regions ([`FaceRegions`]): the face.
        units (`list[UnitActivation]`): the expression; may be empty.
        amplitude (`float`): its largest displacement at the apex, in % IOD.
        course ([`TimeCourse`]): when.
        duration (`float`): of the clip in seconds.
        head (`float`): root mean square shift of the head within `LAG` seconds, in pixels.
        nuisances ([`Nuisances`]), habits ([`Habits`]): as for pairs.
        rng (`np.random.Generator`): source of randomness.
    """

    def __init__(
        self,
        regions: FaceRegions,
        units: list[UnitActivation],
        amplitude: float,
        course: TimeCourse,
        duration: float,
        head: float,
        nuisances: Nuisances,
        habits: Habits,
        rng: np.random.Generator,
    ):
        self.regions, self.course = regions, course
        habits = habits.draw(rng)
        acting = units + draw_companions(units, rng) if habits.roughness else units
        self.expression = expression_field(acting, regions, rng, habits)
        self.expression *= np.float32(0.01 * amplitude * regions.iod)
        # turn and scale go with the shift as they do in the residue of an alignment: .2 degrees and .2 % with .3 px
        self.head = [Drift.draw(rng, head * share) for share in (0.71, 0.71, np.deg2rad(0.67), 0.0067)]
        self.drifting = []
        if nuisances.turn:
            for yaw, pitch in ((1.0, 0.0), (0.0, 1.0)):
                self.drifting.append((turn_field(regions, yaw, pitch), Drift.draw(rng, nuisances.turn)))
        if nuisances.tremor:
            for _ in range(2):
                field = draw_tremor(regions, rng, nuisances.tremor / np.sqrt(2))
                self.drifting.append((field, Drift.draw(rng, 1.0, (0.5, 4.0))))
        speaks, glances, blinks = rng.random(3) < (nuisances.speech, nuisances.gaze, nuisances.blink)
        if speaks:
            speech = draw_speech(regions, rng, habits, nuisances.speech_size)
            self.drifting.append((speech, Drift.draw(rng, 0.7, (1.0, 5.0))))
        self.gaze = draw_gaze(regions, rng) if glances else None
        self.saccade = TimeCourse(*(rng.uniform(0, duration) + np.array([0.0, 0.04, 1e6])))
        self.blink = self._draw_blink(rng, duration) if blinks else None

    def _draw_blink(self, rng: np.random.Generator, duration: float) -> BlinkCourse | None:
        blink = BlinkCourse.draw(rng, rng.uniform(0, duration))
        return None if blink.start < self.course.onset < blink.end else blink  # the fields start from open eyes

    def keep_eyes_open(self, start: float, end: float) -> None:
        """Drop a blink that would fall between two times in seconds."""
        if self.blink is not None and self.blink.start < end and self.blink.end > start:
            self.blink = None

    def at(self, time: float) -> Movement:
        """What has moved at a time in seconds, next to the onset."""
        both = np.array([time, self.course.onset])
        skin = np.float32(self.course.intensity(both)[0]) * self.expression
        for field, drift in self.drifting:
            now, start = drift.at(both)
            skin = skin + np.float32(now - start) * field
        if self.gaze is not None:
            now, start = self.saccade.intensity(both)
            skin = skin + np.float32(now - start) * self.gaze
        x, y, angle, scale = (drift.at(both) @ (1, -1) for drift in self.head)
        nose = self.regions.landmarks[4]
        closure = float(self.blink.closure(both)[0]) if self.blink is not None else 0.0
        blink = Blink(self.regions, closure) if closure else None
        return Movement(skin, head_similarity(nose, (x, y), angle, 1 + scale), blink)


@dataclass(frozen=True)
class Schedule:
    """The frames of a clip: their times in seconds and the indices of onset, apex and offset."""

    times: np.ndarray
    onset: int
    apex: int
    offset: int
    course: TimeCourse

    @classmethod
    def draw(cls, rng: np.random.Generator, fps: float, lead: float, tail: float) -> "Schedule":
        """Draw the course of an expression and lay the frames over it, the onset exactly on one."""
        if not (np.isfinite(fps) and fps >= LOWEST_FPS):
            raise InputError(f"`fps` is `{fps}`; a micro-expression needs {LOWEST_FPS:g} frames per second at least.")
        onset = round(lead * fps)
        course = draw_time_course(rng, onset / fps)
        offset = int(np.ceil(course.offset * fps))
        times = np.arange(offset + round(tail * fps) + 1) / fps
        return cls(times, onset, int(course.intensity(times).argmax()), offset, course)


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
    size = portrait.size
    crop = draw_crop(rng, size, nuisances)
    landmarks = transform_points(crop, working_landmarks(portrait)).astype(np.float32)
    regions = FaceRegions(landmarks, (size, size), largest=0.01 * amplitude * EYE_DISTANCE * size)
    mirrored = np.linalg.det(crop[:, :2]) < 0
    acting = [unit.mirrored() for unit in units] if mirrored else units
    performance = Performance(
        regions, acting, amplitude, schedule.course, schedule.times[-1], nuisances.residue, nuisances, habits, rng
    )

    grid = pixel_grid(size, size)
    to_portrait = frame_to_portrait(crop)
    blur = rng.uniform(*nuisances.blur)
    image = cv2.GaussianBlur(portrait.image, (0, 0), blur) if blur else portrait.image
    scene, light = [], []
    flicker = LightCourse(rng, (size, size), nuisances)
    for time in schedule.times:
        movement = performance.at(time)
        scene.append(sample(image, to_portrait, movement.sources(grid)))
        light.append(flicker.at(time, movement.skin))
    frames = Camera.draw(rng, nuisances).expose(np.stack(scene), np.stack(light), rng)

    apex = performance.at(schedule.times[schedule.apex])
    share = np.float32(schedule.course.intensity(schedule.times[schedule.apex]))
    expression = forward_field(-share * performance.expression)
    return SyntheticClip(
        frames,
        float(fps),
        schedule.onset,
        schedule.apex,
        schedule.offset,
        emotion,
        label_of(emotion),
        tuple(units),
        float(share * amplitude),
        portrait.subject,
        expression,
        apex.displacement(grid),
        movement_mask(expression),
        landmarks,
    )


class LightCourse:
    """Brightness over time: a global drift, a local one, and the shading of stretched skin."""

    def __init__(self, rng: np.random.Generator, shape: tuple[int, int], nuisances: Nuisances):
        self.pattern = draw_light(rng, shape, nuisances.light, None, 0.0) - 1
        self.drift = Drift.draw(rng, 1.0)
        self.shading = np.float32(nuisances.shading * (1 + rng.standard_normal()))

    def at(self, time: float, skin: np.ndarray) -> np.ndarray:
        """Brightness `(H, W)` at a time in seconds, under a displacement field `(2, H, W)`."""
        light = 1 + np.float32(self.drift.at(time) - self.drift.at(0.0)) * self.pattern
        return light + self.shading * np.clip(area_change(skin), -0.3, 0.3) if self.shading else light


def choose_units(
    emotion: str, action_units: Sequence[UnitActivation] | None, amplitude: float, rng: np.random.Generator
) -> tuple[list[UnitActivation], float]:
    """The given units or drawn ones, and the amplitude, which is 0 without units."""
    drawn = draw_action_units(emotion, rng)
    units = drawn if action_units is None else list(action_units)
    if not 0 <= amplitude <= 15:
        raise InputError(f"`amplitude` is `{amplitude}` % of the inter-ocular distance; choose 0 to 15.")
    return units, float(amplitude) if units else 0.0

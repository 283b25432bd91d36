"""A synthetic clip in a whole photograph, so that a face has to be found in it first."""

from collections.abc import Sequence

import cv2
import numpy as np

from micron_bert.errors import InputError
from micron_bert.faces.alignment import EYE_DISTANCE, EYES_CENTRE, eye_centres, similarity_from_eyes, transform_points
from micron_bert.labels.emotions import label_of
from micron_bert.synthesis.clips.clip import LightCourse, Performance, Schedule, SyntheticClip, choose_units
from micron_bert.synthesis.motion.displacement import forward_field, movement_mask, pixel_grid
from micron_bert.synthesis.motion.field import FaceRegions, Habits
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.rendering.nuisances import Camera, Nuisances

WINDOW_IOD = 72.0  # pixels between the eyes in the window in which movements are computed; they are smooth
WINDOW_SIDE = 6.0  # side of that window in inter-ocular distances
FADE = 0.55  # width, in inter-ocular distances, over which the head's movement fades into the background


def synthesize_scene(
    photograph: np.ndarray,
    landmarks: np.ndarray,
    emotion: str = "happiness",
    action_units: Sequence[UnitActivation] | None = None,
    amplitude: float = 1.5,
    fps: float = 30.0,
    *,
    rng: np.random.Generator,
    lead: float = 0.4,
    tail: float = 0.4,
    head: float = 0.015,
    subject: str = "",
    nuisances: Nuisances | None = None,
    habits: Habits | None = None,
) -> SyntheticClip:
    """
    Let the face in a photograph make a micro-expression, while the head drifts and the light changes.

    The face moves as in [`synthesize_clip`], but by as much as heads move in front of a camera. Shoulders and
    background rest: the movement of the head fades out around it.

    Args:
        photograph (`np.ndarray` of shape `(H, W, 3)`):
            RGB, uint8.
        landmarks (`np.ndarray` of shape `(468, 2)`):
            Mesh landmarks of the face, in its pixels.
        emotion, action_units, amplitude, fps, rng, lead, tail, habits:
            As for [`synthesize_clip`].
        head (`float`, defaults to 0.015):
            Root mean square shift of the head within .16 s, in inter-ocular distances.
        subject (`str`): who it is.
        nuisances ([`Nuisances`], *optional*):
            Strengths; `crop`, `flip`, `blur` and `residue` do not apply. Blinks keep out of the time from onset to
            apex. Defaults to colour pictures with little noise and compression.

    Returns:
        [`SyntheticClip`]: frames, fields and landmarks in pixels of the photograph.

    Raises:
        [`InputError`]: shapes that do not fit, an unknown emotion or unit, a frame rate too low.
    """
    if photograph.ndim != 3 or photograph.shape[2] != 3 or photograph.dtype != np.uint8:
        raise InputError(
            f"The photograph has shape `{photograph.shape}` and type `{photograph.dtype}`; pass RGB uint8."
        )
    if np.shape(landmarks) != (468, 2):
        raise InputError(f"`landmarks` has shape `{np.shape(landmarks)}`; pass the 468 points of the face mesh.")
    nuisances = nuisances or Nuisances(grey=0.0, jpeg=0.0, noise=(0.5, 1.5), blink=0.5)
    units, amplitude = choose_units(emotion, action_units, amplitude, rng)
    schedule = Schedule.draw(rng, fps, lead, tail)
    stage = _Stage(photograph.shape[:2], landmarks, amplitude)
    performance = Performance(
        stage.regions,
        units,
        amplitude,
        schedule.course,
        schedule.times[-1],
        head * stage.regions.iod,
        nuisances,
        habits or Habits(),
        rng,
    )
    performance.keep_eyes_open(schedule.course.onset, schedule.course.apex)
    light = LightCourse(rng, photograph.shape[:2], nuisances)
    camera = Camera.draw(rng, nuisances)
    frames = []
    for time in schedule.times:
        shift = stage.to_photograph(stage.backward(performance, time))
        x, y = stage.grid + shift
        picture = cv2.remap(photograph, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        frames.append(camera.expose(picture[None], light.at(time, -shift)[None], rng)[0])

    share = np.float32(schedule.course.intensity(schedule.times[schedule.apex]))
    expression = forward_field(stage.to_photograph(-share * performance.expression), iterations=4)
    apex = stage.to_photograph(stage.backward(performance, schedule.times[schedule.apex]))
    return SyntheticClip(
        np.stack(frames),
        float(fps),
        schedule.onset,
        schedule.apex,
        schedule.offset,
        emotion,
        label_of(emotion),
        tuple(units),
        float(share * amplitude),
        subject,
        expression,
        forward_field(apex, iterations=6),
        movement_mask(expression),
        np.asarray(landmarks, np.float32),
    )


class _Stage:
    """An upright window around the face in which it moves, and the way from there into the photograph."""

    def __init__(self, shape: tuple[int, int], landmarks: np.ndarray, amplitude: float):
        self.shape = shape
        self.grid = pixel_grid(*shape)
        side = int(WINDOW_SIDE * WINDOW_IOD)
        eyes = eye_centres(landmarks)
        # a canonical crop with room around it: its eyes are WINDOW_IOD apart
        crop = WINDOW_IOD / EYE_DISTANCE
        matrix = similarity_from_eyes(eyes, crop)
        matrix[:, 2] += (side - crop) * np.array(EYES_CENTRE)
        self.matrix = matrix  # photograph to window
        points = transform_points(matrix, landmarks).astype(np.float32)
        self.window = pixel_grid(side, side)
        self.regions = FaceRegions(points, (side, side), largest=0.01 * amplitude * WINDOW_IOD)
        self.fade = self._fade()
        self.linear = np.linalg.inv(matrix[:, :2]).astype(np.float32)

    def _fade(self) -> np.ndarray:
        """1 on the head, and smoothly down to 0 around it."""
        inside = (self.regions.face > 0.3).astype(np.uint8)
        distance = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5) / self.regions.iod
        share = np.clip(1 - (distance - 0.25) / (2 * FADE), 0, 1).astype(np.float32)
        return cv2.GaussianBlur(share**2 * (3 - 2 * share), (0, 0), 0.08 * self.regions.iod)

    def backward(self, performance: Performance, time: float) -> np.ndarray:
        """Where the window's pixels come from at a time, as a displacement `(2, H, W)` in its pixels."""
        return self.fade * (performance.at(time).sources(self.window) - self.window)

    def to_photograph(self, field: np.ndarray) -> np.ndarray:
        """A displacement field of the window in the photograph's pixels, 0 outside of the window."""
        height, width = self.shape
        moved = [
            cv2.warpAffine(part, self.matrix, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
            for part in field
        ]
        return np.tensordot(self.linear, np.stack(moved), axes=1).astype(np.float32)

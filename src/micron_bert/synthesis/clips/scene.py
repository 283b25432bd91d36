"""A synthetic clip in a whole photograph, so that a face has to be found in it first."""

from collections.abc import Sequence

import numpy as np

from micron_bert.synthesis.clips.clip import Schedule, SyntheticClip, choose_units, render_clip
from micron_bert.synthesis.motion.face_motion import FaceMotion
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.rendering.view import PhotographView


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
    nuisances, habits = nuisances or Nuisances(grey=0.0, jpeg=0.0, noise=(0.5, 1.5), blink=0.5), habits or Habits()
    units, amplitude = choose_units(emotion, action_units, amplitude, rng)
    schedule = Schedule.draw(rng, fps, lead, tail)
    view = PhotographView(photograph, landmarks, amplitude)
    course, shift = schedule.course, head * view.regions.iod
    motion = FaceMotion(view.regions, units, amplitude, course, schedule.times[-1], shift, nuisances, habits, rng)
    motion.keep_eyes_open(course.onset, course.apex)
    return render_clip(view, motion, schedule, nuisances, rng, emotion, units, amplitude, subject)

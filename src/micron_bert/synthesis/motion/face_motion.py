"""All movements of one face in a clip, at any time."""

import numpy as np

from micron_bert.synthesis.motion.blink import Blink
from micron_bert.synthesis.motion.displacement import Movement
from micron_bert.synthesis.motion.distractors import draw_gaze, draw_speech, draw_tremor, turn_field
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.field import act_out
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.head import head_similarity
from micron_bert.synthesis.motion.time_course import BlinkCourse, Drift, TimeCourse
from micron_bert.synthesis.motion.units import UnitActivation
from micron_bert.synthesis.nuisances import Nuisances


class FaceMotion:
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
        self.expression = act_out(units, amplitude, regions, rng, habits)
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
        """The movement since the onset, at a time in seconds."""
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

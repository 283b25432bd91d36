"""Endless training pairs: an onset and an apex frame of a face, with the true movement between them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from micron_bert.errors import InputError
from micron_bert.labels.emotions import LABELS, label_of
from micron_bert.synthesis.motion.blink import Blink
from micron_bert.synthesis.motion.displacement import Movement, area_change, movement_mask
from micron_bert.synthesis.motion.distractors import draw_gaze, draw_speech, draw_tremor, turn_field
from micron_bert.synthesis.motion.face_regions import FaceRegions
from micron_bert.synthesis.motion.field import act_out
from micron_bert.synthesis.motion.habits import Habits
from micron_bert.synthesis.motion.head import draw_residue
from micron_bert.synthesis.motion.units import UnitActivation, draw_action_units, draw_combination, draw_emotion
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.portraits import Portrait
from micron_bert.synthesis.rendering.camera import Camera
from micron_bert.synthesis.rendering.codec import Codec, has_swallowed
from micron_bert.synthesis.rendering.light import draw_light
from micron_bert.synthesis.rendering.view import PortraitView

Range = tuple[float, float]
NO_CLASS = -100  # the label of pairs whose units belong to no emotion; losses leave it out


@dataclass(frozen=True)
class SyntheticPair:
    """
    Two frames of one face and the ground truth. Fields are displacements (dx, dy) in pixels, from onset to apex frame.

    Attributes:
        frames (`np.ndarray` of shape `(2, S, S, 3)`): RGB uint8; onset and apex as the face alignment leaves them.
        label (`int`): index into `LABELS`; `NO_CLASS` for units drawn at random.
        emotion (`str`): one of `EMOTIONS`; empty for units drawn at random.
        action_units (`tuple[UnitActivation, ...]`): the coded ones.
        amplitude (`float`): largest displacement of the expression in % of the inter-ocular distance; 0 without one.
        subject (`str`): whose face it is.
        expression (`np.ndarray` of shape `(2, S, S)`): float32, displacement by the expression alone.
        total (`np.ndarray` of shape `(2, S, S)`): float32, with head, blinks, gaze, speech.
        mask (`np.ndarray` of shape `(S, S)`): bool, where the expression moved something.
        landmarks (`np.ndarray` of shape `(468, 2)`): float32, in the onset frame.
    """

    frames: np.ndarray
    label: int
    emotion: str
    action_units: tuple[UnitActivation, ...]
    amplitude: float
    subject: str
    expression: np.ndarray
    total: np.ndarray
    mask: np.ndarray
    landmarks: np.ndarray


class SyntheticPairs(Sequence):
    """
    A map-style dataset of pairs, each drawn from `(seed, index)` alone: no state, the same bits in every process.

    Args:
        portraits (`list[Portrait]`):
            Faces to choose from, of working size `size`.
        size (`int`, defaults to 112):
            Side of the frames in pixels.
        seed (`int`, defaults to 0):
            Another seed, other pairs.
        residue (`float`, defaults to 0.3):
            Head movement that the alignment leaves, in pixels (root mean square).
        amplitude (`tuple[float, float]` or `Callable[[int], tuple[float, float]]`):
            Range of the largest displacement in % IOD, drawn log-uniformly; or a function of the index that gives it,
            for a curriculum.
        length (`int`, defaults to 100,000):
            How many pairs there are.
        labels (`tuple[str, ...]`):
            Classes to draw from, equally often.
        nuisances ([`Nuisances`]):
            Everything that is not the expression. Its own `residue` gives way to the argument.
        habits ([`Habits`]):
            Variation of the motion model.
        combinations (`float`, defaults to 0):
            Share of the pairs whose units are drawn at random, whatever emotion shows them; these have no class.

    Example:

    ```python
    >>> train, test = split_identities(load_portraits("faces"))
    >>> pair = SyntheticPairs(train, seed=1)[0]
    >>> pair.frames.shape, LABELS[pair.label]
    ```
    """

    def __init__(
        self,
        portraits: list[Portrait],
        size: int = 112,
        seed: int = 0,
        residue: float = 0.3,
        amplitude: Range | Callable[[int], Range] = (0.3, 2.5),
        length: int = 100_000,
        labels: tuple[str, ...] = LABELS,
        nuisances: Nuisances | None = None,
        habits: Habits | None = None,
        combinations: float = 0.0,
    ):
        if not portraits:
            raise InputError("There are no portraits to make pairs of; load some with `load_portraits`.")
        wrong = next((portrait.size for portrait in portraits if portrait.size != size), None)
        if wrong is not None:
            raise InputError(f"A portrait is of working size `{wrong}`, but pairs of `{size}` pixels are wanted.")
        unknown = set(labels) - set(LABELS)
        if unknown or not labels:
            raise InputError(f"`labels` is `{labels}`; choose from `{', '.join(LABELS)}`.")
        if not callable(amplitude):
            _check_range(amplitude)
        self.portraits = portraits
        self.size = size
        self.seed = seed
        self.amplitude = amplitude
        self.length = length
        self.labels = tuple(labels)
        self.nuisances = replace(nuisances or Nuisances(), residue=residue)
        self.habits = habits or Habits()
        self.combinations = combinations

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> SyntheticPair:
        if not 0 <= index < self.length:
            raise IndexError(f"Pair `{index}` is not among the `{self.length}`.")
        rng = np.random.default_rng([self.seed, index])
        portrait = self.portraits[rng.integers(len(self.portraits))]
        if self.combinations and rng.random() < self.combinations:
            emotion, units = "", draw_combination(rng)
        else:
            emotion = draw_emotion(self.labels[rng.integers(len(self.labels))], rng)
            units = draw_action_units(emotion, rng)
        low, high = self.amplitude(index) if callable(self.amplitude) else self.amplitude
        amplitude = float(np.exp(rng.uniform(np.log(low), np.log(high)))) if units else 0.0
        return self.render(portrait, emotion, units, amplitude, rng)

    def render(
        self,
        portrait: Portrait,
        emotion: str,
        units: list[UnitActivation],
        amplitude: float,
        rng: np.random.Generator,
    ) -> SyntheticPair:
        """
        Render one pair of a given expression.

        Args:
            portrait ([`Portrait`]): the face.
            emotion (`str`): one of `EMOTIONS`, which gives the label, or empty.
            units (`list[UnitActivation]`): sides as the frames are to show them.
            amplitude (`float`): largest displacement in % IOD.
            rng (`np.random.Generator`): everything else is drawn from it.
        """
        nuisances, size = self.nuisances, self.size
        view = PortraitView(portrait, amplitude, nuisances, rng)
        habits = self.habits.draw(rng)
        field = act_out(view.named(units), amplitude, view.regions, rng, habits)
        smooth = field + self._other_movements(view.regions, rng, habits)
        blink = Blink(view.regions, float(rng.beta(0.8, 1.6))) if rng.random() < nuisances.blink else None
        movement = Movement(smooth, draw_residue(rng, size, nuisances.residue), blink)
        filmed = nuisances.video and rng.random() < nuisances.video
        codec = Codec.draw(rng, size, nuisances) if filmed else None

        view.focus(rng)
        # a codec compresses the frames before the alignment takes the movement of the head out
        scene = np.stack([view.render(), view.render(replace(movement, head=codec.head) if codec else movement)])
        light = np.ones((2, size, size), np.float32)
        light[1] = draw_light(rng, (size, size), nuisances.light, area_change(smooth), nuisances.shading)
        camera = Camera.draw(rng, nuisances)
        if codec:
            frames = codec.take(scene, light, camera, movement.head, rng)
        else:
            frames = camera.expose(scene, light, rng)

        expression, total = view.truth(field, movement)
        if codec and has_swallowed(frames, expression, total, amplitude):
            emotion, units, amplitude, expression = "none", [], 0.0, np.zeros_like(expression)
        return SyntheticPair(
            frames,
            label_of(emotion) if emotion else NO_CLASS,
            emotion,
            tuple(units),
            amplitude,
            portrait.subject,
            expression,
            total,
            movement_mask(expression),
            view.landmarks,
        )

    def _other_movements(self, regions: FaceRegions, rng: np.random.Generator, habits: Habits) -> np.ndarray:
        nuisances = self.nuisances
        yaw, pitch = nuisances.turn * rng.standard_normal(2)
        field = turn_field(regions, yaw, pitch)
        speaks, glances = rng.random(2) < (nuisances.speech, nuisances.gaze)
        if nuisances.tremor:
            field += draw_tremor(regions, rng, nuisances.tremor)
        if speaks:
            field += draw_speech(regions, rng, habits, nuisances.speech_size)
        if glances:
            field += draw_gaze(regions, rng)
        return field


def _check_range(amplitude: Range) -> None:
    low, high = amplitude
    if not 0 < low <= high:
        raise InputError(
            f"`amplitude` is `{amplitude}`; give a smallest and a largest displacement above 0, in % IOD."
        )

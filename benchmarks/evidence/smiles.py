"""Real smiles, made fainter: a share of the movement between a neutral and a smiling photograph of one person."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.interpolate import RBFInterpolator

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.baselines import FlowRidge
from benchmarks.evidence.bench import Bench
from benchmarks.evidence.bootstrap import Sample
from benchmarks.evidence.table import Table
from micron_bert.errors import InputError
from micron_bert.evaluation.baselines.linear import optical_flow
from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.faces.registration import register
from micron_bert.labels.emotions import LABELS
from micron_bert.synthesis.motion.displacement import Movement, area_change, pixel_grid, sample
from micron_bert.synthesis.motion.distractors import turn_field
from micron_bert.synthesis.motion.field import FaceRegions
from micron_bert.synthesis.motion.head import draw_residue
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.synthesis.portraits import Portrait, frame_to_portrait, load_portraits, working_landmarks
from micron_bert.synthesis.rendering.camera import Camera
from micron_bert.synthesis.rendering.light import draw_light

STRENGTHS = (0.0, 0.3, 0.6, 1.2, 2.5, 5.0, np.inf)  # % IOD; the last one is all of the smile
RENDERINGS = 8  # of each person, each with its own residue, light, noise
SMOOTHING = 20.0  # of the spline through the landmarks, which jitter
NOSE_TIP = 4  # above it a smile moves little
POSITIVE = LABELS.index("positive")


@dataclass(frozen=True)
class Smile:
    """
    Attributes:
        portrait ([`Portrait`]): the neutral photograph.
        field (`np.ndarray` of shape `(2, S, S)`): where the skin went, in pixels of the working size.
        strength (`float`): the displacement that a hundredth of the face exceeds, in % IOD.
    """

    portrait: Portrait
    field: np.ndarray
    strength: float

    @classmethod
    def measure(cls, neutral: Portrait, smiling: Portrait) -> "Smile":
        """
        From the landmarks of both photographs: what the upper face keeps of shift, turn and scale and of a turned head
        is taken off, the rest is spread over the skin by a smoothing spline.
        """
        size = neutral.size
        resting, happy = (working_landmarks(one).astype(np.float32) for one in (neutral, smiling))
        regions = FaceRegions(resting, (size, size))
        x, y = resting.T
        zero, one = np.zeros_like(x), np.ones_like(x)
        columns, rows = np.rint(resting).astype(int).clip(0, size - 1).T
        turns = [turn_field(regions, *angles)[:, rows, columns] for angles in ((1, 0), (0, 1))]
        head = np.stack([(one, zero), (zero, one), (x, y), (-y, x), *turns])  # (6, 2, 468)
        still = y < y[NOSE_TIP]
        amounts, *_ = np.linalg.lstsq(
            head[:, :, still].reshape(6, -1).T, (happy - resting)[still].T.ravel(), rcond=None
        )
        moved = (happy - resting).T - np.tensordot(amounts, head, axes=1)
        spline = RBFInterpolator(resting, moved.T, smoothing=SMOOTHING, kernel="thin_plate_spline")
        coarse = pixel_grid(size // 4, size // 4).reshape(2, -1).T * 4 + 1.5
        field = spline(coarse).reshape(size // 4, size // 4, 2).astype(np.float32)
        field = cv2.resize(field, (size, size), interpolation=cv2.INTER_CUBIC).transpose(2, 0, 1) * regions.face
        length = np.linalg.norm(field, axis=0)[regions.face > 0.5]
        return cls(neutral, field, float(100 * np.quantile(length, 0.99) / (EYE_DISTANCE * size)))

    def render(self, strength: float, rng: np.random.Generator) -> np.ndarray:
        """Onset and registered apex, `(2, S, S, 3)`, of the smile at most `strength` % IOD strong."""
        nuisances, size = Nuisances(), self.portrait.size
        skin = np.float32(min(strength / max(self.strength, 1e-6), 1.0)) * self.field
        movement = Movement(skin, draw_residue(rng, size, nuisances.residue * size / 112))
        # where the sub-pixel grid of the photograph falls is drawn for every pair
        place = frame_to_portrait(np.column_stack([np.eye(2), rng.uniform(-0.5, 0.5, 2)]))
        grid = pixel_grid(size, size)
        image = cv2.GaussianBlur(np.asarray(self.portrait.image), (0, 0), rng.uniform(*nuisances.blur))
        scene = np.stack([sample(image, place, points) for points in (grid, movement.sources(grid))])
        light = np.ones((2, size, size), np.float32)
        light[1] = draw_light(rng, (size, size), nuisances.light, area_change(skin), nuisances.shading)
        onset, apex = Camera.draw(rng, nuisances).expose(scene, light, rng)
        return np.stack([onset, register(apex, onset).frame])


def find_smiles(bench: Bench, neutral: Path, smiling: Path) -> list[Smile]:
    """The smiles of the people held out who are in both folders."""
    size = bench.faces.portraits[0].size
    held_out = {bench.faces.portraits[i].subject for i in bench.faces.test}
    resting, happy = ({one.subject: one for one in load_portraits(folder, size)} for folder in (neutral, smiling))
    both = sorted(held_out & set(resting) & set(happy))
    if not both:
        raise InputError(
            f"Nobody who is held out is in both `{neutral}` and `{smiling}`; name the pictures of a person alike, "
            "such as `001_03.jpg` and `001_08.jpg`, and give both folders to `--faces` too."
        )
    return [Smile.measure(resting[name], happy[name]) for name in both]


def name_smiles(bench: Bench, checkpoints: list[Checkpoint], neutral: Path, smiling: Path) -> Table:
    """Which share of real smiles is named positive, from none of it to all of it."""
    smiles = find_smiles(bench, neutral, smiling)
    strengths = [smile.strength for smile in smiles]
    table = Table(
        "smiles",
        f"Share called `positive` of the real smiles of {len(smiles)} people held out, from a neutral photograph "
        "warped by a share of the landmarks' way to the smiling one, so that the skin moves by at most so much; all "
        f"of a smile is {np.median(strengths):.1f} % IOD in the median. Without a smile: share called any expression.",
        ["no smile, any expression", *(f"{one:g} % IOD" for one in STRENGTHS[1:-1]), "all of it"],
    )
    table.percent = frozenset(table.columns)
    people = np.repeat(np.arange(len(smiles)), RENDERINGS)
    sampled = Sample(people, np.zeros(len(people), int), len(smiles), bench.draws)
    ridge = bench.learned(FlowRidge, 0)
    for strength in STRENGTHS:
        frames = np.stack(
            [smiles[who].render(strength, np.random.default_rng([who, k])) for k, who in enumerate(people)]
        )
        flow = np.stack([optical_flow(*pair) for pair in frames])
        named = {ridge.name: ridge.predict_flow(flow)[0]}
        for checkpoint in checkpoints:
            named[checkpoint.name] = checkpoint.look(frames).logits.argmax(axis=1)
        for name, classes in named.items():
            hit = classes == POSITIVE if strength else classes != LABELS.index("none")
            table.rows.setdefault(name, []).append(sampled.mean(hit.astype(float)))
    return table

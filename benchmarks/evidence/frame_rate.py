"""What fewer frames a second cost: clips of which every second, third, fourth frame is left."""

from dataclasses import dataclass

import numpy as np

from benchmarks.evidence.answers import Checkpoint
from benchmarks.evidence.baselines import FlowRidge
from benchmarks.evidence.bench import MOVES, TEST_SEED, Bench
from benchmarks.evidence.bootstrap import Sample
from benchmarks.evidence.recognition import class_score
from benchmarks.evidence.table import Table
from micron_bert.evaluation.baselines.linear import optical_flow
from micron_bert.faces.clip import FaceClip
from micron_bert.faces.registration import Registrar, register
from micron_bert.labels.emotions import LABELS
from micron_bert.synthesis.clips.clip import SyntheticClip, synthesize_clip
from micron_bert.synthesis.motion.units import draw_emotion

FULL = 60  # frames per second
RATES = (60, 30, 20, 15)
PAIRS_A_CLIP = 20  # a clip costs as much as so many pairs


@dataclass(frozen=True)
class Labelled:
    """What scores need to know of pairs: their classes and whom they show."""

    labels: np.ndarray
    sample: Sample


def slow_down(bench: Bench, checkpoints: list[Checkpoint]) -> Table:
    """Three classes at lower and lower frame rates, at the annotated moment and at the one that is found."""
    count = max(bench.pairs // PAIRS_A_CLIP, 2)
    table = Table(
        "frame_rate",
        f"UF1 of three classes on {count} clips with an expression, of which fewer frames are left: between the "
        "frames next to the true onset and apex, and between those that the recogniser finds.",
        [f"{FlowRidge.name}, annotated", *(f"{one.name}, annotated" for one in checkpoints),
         *(f"{one.name}, found" for one in checkpoints)],
    )  # fmt: skip
    clips = [draw_clip(bench, index) for index in range(count)]
    registered = [register_clip(clip.frames) for clip in clips]
    _, people = np.unique([clip.subject for clip in clips], return_inverse=True)
    sample = Sample(people, np.zeros(count, int), int(people.max()) + 1, bench.draws)
    pool = Labelled(np.array([clip.label for clip in clips]), sample)
    ridge = bench.learned(FlowRidge, 0)
    for rate in RATES:
        kept = [thin_out(clip, rate, index) for index, clip in enumerate(clips)]
        pairs = [annotated_pair(clip, rows) for clip, rows in zip(clips, kept, strict=True)]
        named = [ridge.predict_flow(np.stack([optical_flow(*pair) for pair in pairs]))[1]]
        named += [checkpoint.look(np.stack(pairs)).logits[:, :MOVES].argmax(axis=1) for checkpoint in checkpoints]
        for checkpoint in checkpoints:
            found = [
                found_pair(checkpoint, clip, frames, rows)
                for clip, frames, rows in zip(clips, registered, kept, strict=True)
            ]
            named.append(checkpoint.look(np.stack(found)).logits[:, :MOVES].argmax(axis=1))
        table.rows[f"{rate} frames/s"] = [class_score(pool, one, MOVES, "uf1") for one in named]
    return table


def draw_clip(bench: Bench, index: int) -> SyntheticClip:
    """A clip of somebody held out, 60 frames a second, with an expression of .3 to 2.5 % IOD."""
    rng = np.random.default_rng([TEST_SEED, index])
    portrait = bench.faces.portraits[bench.faces.test[rng.integers(len(bench.faces.test))]]
    amplitude = float(np.exp(rng.uniform(np.log(0.3), np.log(2.5))))
    return synthesize_clip(portrait, draw_emotion(LABELS[index % MOVES], rng), amplitude=amplitude, fps=FULL, rng=rng)


def register_clip(frames: np.ndarray) -> np.ndarray:
    """All frames `(T, S, S, 3)` registered to the first."""
    registrar = Registrar(frames[0])
    return np.stack([frames[0], *(registrar.register(frame).frame for frame in frames[1:])])


def thin_out(clip: SyntheticClip, rate: int, index: int) -> np.ndarray:
    """Which frames are left, from a random first one on."""
    step = FULL // rate
    return np.arange(np.random.default_rng([index, rate]).integers(step), len(clip.frames), step)


def annotated_pair(clip: SyntheticClip, kept: np.ndarray) -> np.ndarray:
    """The last frame before the expression and the one nearest to its apex, registered: `(2, S, S, 3)`."""
    onset = kept[kept <= clip.onset].max()
    apex = kept[np.abs(kept - clip.apex).argmin()]
    return register_pair(clip.frames, onset, apex)


def found_pair(checkpoint: Checkpoint, clip: SyntheticClip, registered: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The two frames that the recogniser takes for onset and apex, registered: `(2, S, S, 3)`."""
    still = np.zeros(len(kept))
    face = FaceClip(
        registered[kept], np.tile(np.eye(2, 3), (len(kept), 1, 1)), None, kept, kept / FULL, 0, still, still == 0
    )
    moment = checkpoint.recognizer.find_moment(face)
    return register_pair(clip.frames, kept[moment.onset], kept[moment.apex])


def register_pair(frames: np.ndarray, onset: int, apex: int) -> np.ndarray:
    """Two frames, the later one registered to the earlier: `(2, S, S, 3)`."""
    return np.stack([frames[onset], register(frames[apex], frames[onset]).frame])

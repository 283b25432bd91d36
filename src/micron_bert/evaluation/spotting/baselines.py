"""Spotting without a learned model: frame differences, and optical flow in the main direction (MDMD)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from micron_bert.errors import NoFaceError
from micron_bert.evaluation.spotting.scores import KINDS, Candidate, Ranking, Spotted, best_cut
from micron_bert.faces.clip import align_clip
from micron_bert.model.recognizer_micron_bert import away_from_eyes
from micron_bert.video.reader import Frame, Video

SIZE = 112  # pixels of the aligned face
RATE = 33.0  # frames a second that are looked at, about; films with more are thinned out
LAGS = {"micro": 0.3, "macro": 1.3}  # seconds: a typical length of an expression
LENGTHS = {"micro": (0.2, 0.25, 0.3, 0.35, 0.4, 0.5), "macro": (0.7, 1.0, 1.4, 2.0, 2.8)}  # seconds, to choose from
BLOCKS, DIRECTIONS = 6, 8
TOP_SHARE = 1 / 3  # of the blocks, those that moved most


@dataclass(frozen=True)
class AlignedFilm:
    """
    The face of a video, cut out and registered.

    Attributes:
        frames (`np.ndarray` of shape `(T, 112, 112)`): grey, uint8.
        indices (`np.ndarray` of shape `(T,)`): numbers of the frames in the video.
        fps (`float`): frames a second of the video, all counted.
        stride (`int`): frames from one that was looked at to the next.
    """

    frames: np.ndarray
    indices: np.ndarray
    fps: float
    stride: int


@dataclass(frozen=True)
class Peak:
    """A place where a curve stands out: `score` is 0 at its mean over the video and 1 at its maximum."""

    apex: int
    kind: str
    score: float


def align_film(video: Video) -> AlignedFilm:
    """The face of every frame that is looked at; frames without the face are left out."""
    stride = max(1, round(video.fps / RATE))
    # the numbers follow each other so that the path of the crop is smoothed over neighbours
    thinned = (Frame(frame.index // stride, frame.time, frame.image) for frame in video if frame.index % stride == 0)
    try:
        clip = align_clip(thinned, SIZE, reference="chain", missing="skip")
    except NoFaceError:
        return AlignedFilm(np.zeros((0, SIZE, SIZE), np.uint8), np.zeros(0, int), video.fps, stride)
    frames = np.stack([cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in clip.frames])
    return AlignedFilm(frames, clip.indices * stride, video.fps, stride)


def frame_difference(film: AlignedFilm, kind: str) -> np.ndarray:
    """
    How far each frame is from the mean of those half an expression before and after, `(T,)`.

    (The contrast of Moilanen et al., ICPR 2014, on pixels: large at an apex, small in a drift.)
    """
    lag, face = _lag(film, kind) // 2 or 1, away_from_eyes(SIZE)
    frames, count = film.frames, len(film.frames)
    values = np.zeros(count)
    for index in range(lag, count - lag):
        around = (frames[index - lag].astype(np.float32) + frames[index + lag]) / 2
        values[index] = np.abs(frames[index] - around)[face].mean()
    return values


def main_direction_flow(film: AlignedFilm, kind: str) -> np.ndarray:
    """
    Main directional differences of optical flow, `(T,)` (MDMD, He et al. 2020).

    In each of 6x6 blocks, the flow from the frame a lag before, in the direction that most of its pixels take, less
    the flow to the frame a lag after in the same direction: large when what moved has gone back. The mean over the
    third of the blocks with the largest differences counts, relative to the frames a lag before and after.
    """
    lag, step = _lag(film, kind), 1 if kind == "micro" else 3
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    face = away_from_eyes(SIZE).ravel()
    rows, columns = np.divmod(np.arange(SIZE * SIZE), SIZE)
    block = (rows * BLOCKS // SIZE) * BLOCKS + columns * BLOCKS // SIZE
    counted = np.bincount(block[face], minlength=BLOCKS**2) > 0.5 * np.bincount(block)
    count, looked = len(film.frames), []
    for index in range(lag, count - lag, step):
        before, now, after = (film.frames[index + shift] for shift in (-lag, 0, lag))
        there, back = (flow.calc(before, other, None).reshape(-1, 2)[face] for other in (now, after))
        looked.append((index, _block_difference(there, back, block[face])[counted]))
    if not looked:
        return np.zeros(count)
    places, differences = np.array([index for index, _ in looked]), np.array([d for _, d in looked])
    top = max(1, round(TOP_SHARE * differences.shape[1]))
    strongest = np.sort(differences, axis=1)[:, -top:].mean(axis=1)
    values = np.interp(np.arange(count), places, strongest, left=0, right=0)
    relative = values.copy()
    relative[lag:-lag] -= (values[: -2 * lag] + values[2 * lag :]) / 2
    return np.maximum(relative, 0)


def _block_difference(there: np.ndarray, back: np.ndarray, block: np.ndarray) -> np.ndarray:
    """Flow to the frame `(N, 2)` less flow beyond it, in each block's main direction: `(36,)`."""
    angle = np.arctan2(there[:, 1], there[:, 0])
    direction = np.floor((angle + np.pi) / (2 * np.pi) * DIRECTIONS).astype(int) % DIRECTIONS
    cell = block * DIRECTIONS + direction
    counts = np.bincount(cell, minlength=BLOCKS**2 * DIRECTIONS).reshape(-1, DIRECTIONS)
    main = np.arange(BLOCKS**2) * DIRECTIONS + counts.argmax(axis=1)
    chosen = cell == main[block]
    total = np.maximum(np.bincount(block[chosen], minlength=BLOCKS**2), 1)
    means = [
        np.bincount(block[chosen], part[chosen, axis], BLOCKS**2) / total for part in (there, back) for axis in (0, 1)
    ]
    size = np.hypot(means[0], means[1])
    return size - (means[0] * means[2] + means[1] * means[3]) / np.maximum(size, 1e-6)


BASELINES = {"frame difference": frame_difference, "optical flow (MDMD)": main_direction_flow}


def find_peaks(film: AlignedFilm, method: str) -> list[Peak]:
    """The peaks of a baseline's curve, micro and macro: p of `mean + p (maximum - mean)` is the score of each."""
    peaks = []
    for kind in KINDS:
        values = BASELINES[method](film, kind)
        around = max(_lag(film, kind) // 2, 1)
        mean, spread = (values.mean(), values.max() - values.mean()) if len(values) else (0.0, 0.0)
        for index in np.flatnonzero(values > mean) if spread > 0 else ():
            near = values[max(index - around, 0) : index + around + 1]
            if values[index] == near.max():
                peaks.append(Peak(int(film.indices[index]), kind, float((values[index] - mean) / spread)))
    return peaks


@dataclass(frozen=True)
class Tuning:
    """
    The parameters that are chosen on training videos.

    Attributes:
        lengths (`dict[str, float]`): seconds of a spotted interval, by kind.
        cuts (`dict[str, float]`): score from which a peak counts, by kind.
    """

    lengths: dict[str, float]
    cuts: dict[str, float]

    @classmethod
    def choose(cls, trials: Sequence["Trials"]) -> "Tuning":
        """Lengths and cuts with the highest pooled F1 on some videos."""
        lengths, cuts = {}, {}
        for kind in KINDS:
            tried = {length: best_cut([one.rankings[kind, length] for one in trials]) for length in LENGTHS[kind]}
            lengths[kind] = max(tried, key=lambda length: tried[length][1])
            cuts[kind] = tried[lengths[kind]][0]
        return cls(lengths, cuts)

    def apply(self, peaks: Sequence[Peak], fps: float) -> list[Candidate]:
        """The intervals around the peaks that count; a micro-expression inside of a macro-expression does not."""
        kept = [one for one in _candidates(peaks, self.lengths, fps) if one.score >= self.cuts[one.kind]]
        macro = [one for one in kept if one.kind == "macro"]
        return [
            one
            for one in kept
            if one.kind == "macro" or not any(other.onset <= one.apex <= other.offset for other in macro)
        ]


@dataclass(frozen=True)
class Trials:
    """How good the intervals of every length are in one video."""

    rankings: dict[tuple[str, float], Ranking]

    @classmethod
    def of(cls, video: Spotted, peaks: Sequence[Peak], fps: float) -> "Trials":
        """From a video's truth, its peaks and its frames a second."""
        return cls(
            {
                (kind, length): Ranking.of(replace(video, candidates=_candidates(peaks, {kind: length}, fps)), kind)
                for kind in KINDS
                for length in LENGTHS[kind]
            }
        )


def _candidates(peaks: Iterable[Peak], lengths: dict[str, float], fps: float) -> list[Candidate]:
    made = []
    for peak in peaks:
        if peak.kind in lengths:
            half = round(lengths[peak.kind] * fps / 2)
            onset = max(peak.apex - half, 0)
            made.append(Candidate(onset, peak.apex, peak.apex + half, peak.kind, peak.score))
    return made


def _lag(film: AlignedFilm, kind: str) -> int:
    return max(1, round(LAGS[kind] * film.fps / film.stride))

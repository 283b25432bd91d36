"""A film of a real face after tracking, alignment and registration."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from micron_bert.faces.alignment import eye_centres

UPPER_LIDS, LOWER_LIDS = (159, 386), (145, 374)  # middles of the rims, right and left eye


@dataclass(frozen=True)
class RealFilm:
    """
    An uninterrupted stretch of a film of one person.

    Attributes:
        film (`str`): name of the film.
        subject (`str`): who it shows.
        frames (`np.ndarray` of shape `(T, S, S, 3)`): RGB uint8, the registered crops; may lie on the disk.
        times (`np.ndarray` of shape `(T,)`): seconds.
        landmarks (`np.ndarray` of shape `(T, 468, 2)`): float32, in pixels of the crops.
        light (`np.ndarray` of shape `(T,)`): brightness next to that of the first frame, which registration took out.
        stretch (`int`): number of the stretch; in a film without a cut, in which the face is never lost, 0.
    """

    film: str
    subject: str
    frames: np.ndarray
    times: np.ndarray
    landmarks: np.ndarray
    light: np.ndarray
    stretch: int = 0

    def __len__(self) -> int:
        return len(self.times)

    @property
    def name(self) -> str:
        """Of the stretch: that of the film, with a number from the second stretch on."""
        return f"{self.film}-{self.stretch}" if self.stretch else self.film

    @property
    def size(self) -> int:
        """Side S of the crops in pixels."""
        return self.frames.shape[1]

    @property
    def fps(self) -> float:
        """Frames per second, in the median."""
        return float(1 / np.median(np.diff(self.times)))

    @cached_property
    def typical(self) -> int:
        """The frame whose landmarks are nearest to the median ones."""
        return int(np.abs(self.landmarks - np.median(self.landmarks, axis=0)).mean(axis=(1, 2)).argmin())

    @cached_property
    def openness(self) -> np.ndarray:
        """Height of the eye openings, mean of both eyes, in inter-ocular distances: `(T,)`."""
        heights = self.landmarks[:, LOWER_LIDS, 1] - self.landmarks[:, UPPER_LIDS, 1]
        eyes = np.stack([eye_centres(points) for points in self.landmarks])
        return np.clip(heights.mean(axis=1), 0, None) / np.linalg.norm(eyes[:, 1] - eyes[:, 0], axis=1)

    def changed(self, one: int, other: int) -> float:
        """Mean distance in pixels between the landmarks of two frames."""
        return float(np.linalg.norm(self.landmarks[one] - self.landmarks[other], axis=1).mean())


def draw_places(
    rng: np.random.Generator,
    times: np.ndarray,
    interval: tuple[float, float],
    changed=None,
    candidates: int = 1,
    liveliest: bool = False,
) -> tuple[int, int]:
    """
    Two frames of a film, as far apart in time as `interval` says.

    Args:
        rng (`np.random.Generator`): source of randomness.
        times (`np.ndarray` of shape `(T,)`): seconds, two at least.
        interval (`tuple[float, float]`): smallest and largest distance in seconds.
        changed (`Callable[[int, int], float]`, *optional*): by how much the face differs between two frames.
        candidates (`int`, defaults to 1): number of pairs to draw; the one that changed least is taken.
        liveliest (`bool`, defaults to `False`): take the one that changed most instead.

    Returns:
        `tuple[int, int]`: the earlier and the later one.
    """
    pairs = []
    for _ in range(candidates):
        one = int(rng.integers(len(times) - 1))
        other = int(np.abs(times - (times[one] + rng.uniform(*interval))).argmin())
        pairs.append((one, max(other, one + 1)))
    if candidates == 1:
        return pairs[0]
    return (max if liveliest else min)(pairs, key=lambda pair: changed(*pair))

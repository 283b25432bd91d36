"""Two moments of a face, some tenths of a second apart: from stored clips, videos or synthetic pairs."""

from collections.abc import Sequence

import numpy as np

from micron_bert.data.examples.aligned_videos import AlignedVideo
from micron_bert.data.examples.stored import StoredClips
from micron_bert.errors import InputError
from micron_bert.synthesis.pairs import SyntheticPairs


def draw_moments(times: np.ndarray, interval: tuple[float, float], rng: np.random.Generator) -> tuple[int, int]:
    """
    Two frames of a clip, a random time δ apart (paper section 3.2: `I_t` and `I_{t+δ}`).

    Args:
        times (`np.ndarray` of shape `(frames,)`):
            Seconds, rising; two frames at least.
        interval (`tuple[float, float]`):
            Smallest and largest δ in seconds; a clip that is shorter gives what it has.
        rng (`np.random.Generator`):
            Source of randomness.

    Returns:
        `tuple[int, int]`: positions of the two frames.
    """
    low, high = np.minimum(interval, times[-1] - times[0])
    delta = rng.uniform(low, high)
    # the earliest frame always qualifies, whatever rounding does to the last one that does
    starts = max(1, int(np.searchsorted(times, times[-1] - delta, side="right")))
    start = int(rng.integers(min(starts, len(times) - 1)))
    later = start + 1 + int(np.abs(times[start + 1 :] - times[start] - delta).argmin())
    return start, later


class StoredMoments:
    """
    Moments of stored clips.

    Args:
        clips ([`StoredClips`]):
            With a column `frames`.
        rows (`Sequence[int]`):
            Which rows.
        interval (`tuple[float, float]`):
            As for [`draw_moments`].
        fps (`float`, *optional*):
            For clips without a column `fps`.
    """

    def __init__(self, clips: StoredClips, rows: Sequence[int], interval: tuple[float, float], fps: float | None):
        self.clips, self.rows, self.interval, self.fps = clips, list(rows), interval, fps
        if fps is None and "fps" not in clips.dataset.features:
            raise InputError(f"The dataset `{clips.name}` has no column `fps`; set `fps` to its frames per second.")

    def draw(self, index: int, rng: np.random.Generator) -> list[np.ndarray]:
        row = self.clips.row(self.rows[rng.integers(len(self.rows))])
        if len(row["frames"]) < 2:
            raise InputError(f"A clip of the dataset `{self.clips.name}` has fewer than two frames; filter it.")
        times = np.arange(len(row["frames"])) / (self.fps or row["fps"])
        return [self.clips.picture(row["frames"][place]) for place in draw_moments(times, self.interval, rng)]


class SyntheticMoments:
    """Onset and apex of synthetic pairs, whatever they show."""

    def __init__(self, pairs: SyntheticPairs):
        self.pairs = pairs

    def draw(self, index: int, rng: np.random.Generator) -> list[np.ndarray]:
        return list(self.pairs[index].frames)


class VideoMoments:
    """
    Moments of videos, a long video as much oftener than a short one as it is longer.

    Args:
        videos (`list[AlignedVideo]`):
            Where to draw from.
        interval (`tuple[float, float]`):
            As for [`draw_moments`].
    """

    def __init__(self, videos: list[AlignedVideo], interval: tuple[float, float]):
        self.videos, self.interval = videos, interval
        self.ends = np.cumsum([len(video.frames) for video in videos])

    def draw(self, index: int, rng: np.random.Generator) -> list[np.ndarray]:
        video = self.videos[int(np.searchsorted(self.ends, rng.integers(self.ends[-1]), side="right"))]
        places = draw_moments(video.times, self.interval, rng)
        return [np.array(video.frames[place]) for place in places]

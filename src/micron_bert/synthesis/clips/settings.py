"""What determines a data set of synthetic clips besides the photographs."""

from dataclasses import dataclass

from micron_bert import __version__
from micron_bert.errors import InputError
from micron_bert.synthesis.clips.clip import LOWEST_FPS
from micron_bert.synthesis.face_sets import check_face_sets

SETTINGS_FILE = "synthesis.json"
SYNTHETIC = "synthetic"  # what the column `dataset` says
PATCH = 8  # pixels; displacements are stored as means over patches
TRAIN, TEST = "train", "test"


@dataclass(frozen=True)
class DatasetSettings:
    """
    What determines a data set besides the portraits.

    Attributes:
        clips (`int`): number of clips in both splits together.
        fps (`float`): frames per second.
        size (`int`): side of the frames in pixels, a multiple of 8.
        seed (`int`): another seed, another data set.
        test_fraction (`float`): share of the people, and of the clips, in the test split.
        amplitude (`tuple[float, float]`): range of the largest displacement in % IOD, log-uniform.
        clips_per_shard (`int`): clips in a Parquet file.
        sources (`tuple[str, ...]`): the sets that the photographs are from, keys of `FACE_SETS`, as far as stated.
        version (`str`): of this package.
    """

    clips: int
    fps: float = 30.0
    size: int = 112
    seed: int = 0
    test_fraction: float = 0.2
    amplitude: tuple[float, float] = (0.3, 2.5)
    clips_per_shard: int = 100
    sources: tuple[str, ...] = ()
    version: str = __version__

    def __post_init__(self):
        if self.clips < 2:
            raise InputError(f"`clips` is `{self.clips}`; a data set needs two at least, one for each split.")
        if not self.fps >= LOWEST_FPS:
            raise InputError(
                f"`fps` is `{self.fps}`; a micro-expression needs {LOWEST_FPS:g} frames a second at least."
            )
        if self.size < 32 or self.size % PATCH:
            raise InputError(f"`size` is `{self.size}`; choose a multiple of {PATCH} from 32 on.")
        if not 0 < self.amplitude[0] <= self.amplitude[1]:
            raise InputError(f"`amplitude` is `{self.amplitude}`; give two numbers above 0, the smaller one first.")
        check_face_sets(self.sources)

    def counts(self) -> dict[str, int]:
        """Clips in each split."""
        test = min(max(1, round(self.clips * self.test_fraction)), self.clips - 1)
        return {TRAIN: self.clips - test, TEST: test}

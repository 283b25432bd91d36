"""The interface of learners: μ-BERT and the baselines."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Learner(Protocol):
    """
    Turns clips into arrays once, then learns from some of them as often as there are folds.

    Attributes:
        name (`str`): for tables.
        later_frames (`int`): frames after the onset that it looks at; 0 is the apex alone.
    """

    name: str
    later_frames: int

    def describe(self, frames: list[np.ndarray]) -> np.ndarray:
        """One clip as an array, from its frames `(S, S, 3)`, RGB uint8, the onset first."""

    def fit(
        self,
        inputs: np.ndarray,
        targets: np.ndarray,
        train: Sequence[int],
        eval_rows: Sequence[Sequence[int]],
        seed: int,
        every_epoch: bool,
    ) -> list[list[np.ndarray]]:
        """
        Learns from some clips and scores others.

        Args:
            inputs (`np.ndarray` of shape `(N, ...)`):
                What `describe` gave for all clips.
            targets (`np.ndarray` of shape `(N, labels)`):
                0 and 1, float32.
            train (`Sequence[int]`):
                Positions to learn from.
            eval_rows (`Sequence[Sequence[int]]`):
                Lists of positions to score.
            seed (`int`):
                Of everything random.
            every_epoch (`bool`):
                Whether to score after each epoch, or after the last one only.

        Returns:
            `list[list[np.ndarray]]`: for each epoch that was scored, and each list, scores `(len(list), labels)`.
        """

"""μ-BERT on classes that it never learned: each clip is named by the action units of the classes."""

from collections.abc import Sequence

import numpy as np
import torch

from micron_bert.arguments.model import ModelArguments
from micron_bert.checkpoints.starting_model import make_config, make_model, make_processor
from micron_bert.errors import InputError
from micron_bert.labels.label_sets import LabelSet
from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification
from micron_bert.model.unit_reading_micron_bert import UnitScores, unit_readings, unit_thresholds
from micron_bert.recognition.naming import fits


class ZeroShot:
    """
    A μ-BERT with a head for action units that no fold trains.

    Args:
        model ([`ModelArguments`]):
            A checkpoint with such a head.
        labels ([`LabelSet`]):
            The units of each class.
        names (`list[str]`):
            The classes that occur, which are told apart.
        later_frames (`int`):
            Frames after the onset; 0 is the apex alone.

    Raises:
        InputError: a new model, one that tells no units, or not those that a class needs.
    """

    has_epochs = False

    def __init__(self, model: ModelArguments, labels: LabelSet, names: list[str], later_frames: int):
        self.model, self.names, self.later_frames = model, names, later_frames
        told = make_config(model).action_units if model.checkpoint else []
        if not told:
            what = f"The model `{model.checkpoint}`" if model.checkpoint else "A new model"
            raise InputError(
                f"{what} tells no action units, by which `zero_shot` names; give a `checkpoint` that does, such as "
                "`tiny`."
            )
        self.labels = LabelSet({name: labels.sets[name] for name in names}).check(told)
        self.name = f"μ-BERT {model.checkpoint}, by action units"

    def describe(self, frames: list[np.ndarray]) -> np.ndarray:
        return np.stack(frames)

    def fit(self, inputs, targets, train, eval_rows, seed, every_epoch) -> list[list[np.ndarray]]:
        """As [`~micron_bert.evaluation.learner.Learner`] has it; nothing is learned. Scores are log-probabilities."""
        config = make_config(self.model)
        network = make_model(MicronBertForVideoClassification, self.model, config, seed=0).eval()
        processor = make_processor(self.model, config)
        return [[self._scores(network, processor, inputs, rows) for rows in eval_rows]]

    def _scores(self, network, processor, inputs: np.ndarray, rows: Sequence[int], batch_size: int = 64) -> np.ndarray:
        names, thresholds, scores = network.config.action_units, unit_thresholds(network.config), []
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            clips = [processor(list(inputs[row]), return_tensors="pt")["pixel_values"][0] for row in batch]
            with torch.no_grad():
                said = network(torch.stack(clips).to(network.device))
            parts = (said.action_unit_logits, said.action_unit_sides, said.action_unit_intensity)
            told = UnitScores(*(part.float().cpu().numpy() for part in parts))
            for clip in range(len(batch)):
                shares = fits(unit_readings(told, clip, names, thresholds), self.labels)
                scores.append([np.log(max(shares[name], 1e-30)) for name in self.names])
        return np.array(scores, np.float32)

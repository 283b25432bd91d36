"""The action unit head of μ-BERT: which units moved between two frames, on which side, how strongly."""

from typing import NamedTuple

import torch
from torch import nn

from .heads_micron_bert import ClipReadout, HeadOutput, expression_pattern, resized, to_grid
from .unit_reading_micron_bert import SIDES

PER_UNIT = 2 + len(SIDES)  # numbers of the last layer for each unit: presence, intensity, sides
CHANNELS = 16  # of each patch, read out per position
SIDE_WEIGHT, INTENSITY_WEIGHT = 0.2, 0.2  # of these losses beside that of presence, which is what users see first
LEAST_INTENSITY = 0.05


class ActionUnitOutput(NamedTuple):
    """
    Predictions for each action unit, in the order of `config.action_units`.

    Attributes:
        logits (`torch.Tensor` of shape `(batch, units)`): log-odds that it moved.
        sides (`torch.Tensor` of shape `(batch, units, 3)`): logits of `SIDES`, if it did.
        intensity (`torch.Tensor` of shape `(batch, units)`): positive, next to that of the other units, if it did.
    """

    logits: torch.Tensor
    sides: torch.Tensor
    intensity: torch.Tensor


class MicronBertActionUnitHead(nn.Module):
    """
    Predicts action units from the positional classifier's features of each patch.

    The classifier's features go in without their gradient unless `config.action_unit_gradient`: the units then cost
    the emotions nothing.
    """

    def __init__(self, config):
        super().__init__()
        units, hidden = len(config.action_units), config.action_unit_hidden_size
        self.grid = (config.grid_size, config.grid_size)
        self.gradient = config.action_unit_gradient
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.readout = nn.Linear(config.hidden_size, CHANNELS)
        self.flat = nn.Linear((CHANNELS + 3) * config.grid_size**2, hidden)
        self.dropout = nn.Dropout(config.action_unit_dropout)
        self.activation = nn.GELU()
        self.clip = ClipReadout(hidden, PER_UNIT * units, config.action_unit_dropout)

    def forward(self, said: HeadOutput, log_floor: torch.Tensor, scale: torch.Tensor) -> ActionUnitOutput:
        """
        Args:
            said ([`HeadOutput`]): of a [`PositionalClassifier`], with its `patches`.
            log_floor (`torch.Tensor` of shape `()`), scale (`torch.Tensor` of shape `(4,)`): those of the classifier.
        """
        parts = (said.patches, said.displacement, said.movement)
        patches, displacement, movement = parts if self.gradient else (part.detach() for part in parts)
        clips, grid = tuple(patches.shape[:2]), tuple(displacement.shape[-2:])
        pattern = expression_pattern(displacement.flatten(0, 1) / scale[:, None, None], log_floor)
        moved = movement.flatten(0, 1)[:, None].sigmoid()
        channels = torch.cat([to_grid(self.readout(self.norm(patches.flatten(0, 1))), grid), pattern, moved], dim=1)
        features = self.activation(self.flat(self.dropout(resized(channels, self.grid).flatten(1))))
        told = self.clip(features.unflatten(0, clips)).unflatten(-1, (-1, PER_UNIT))
        intensity = nn.functional.softplus(told[..., 1]) + LEAST_INTENSITY
        return ActionUnitOutput(told[..., 0], told[..., 2:], intensity)


def action_unit_loss(told: ActionUnitOutput, truth: torch.Tensor) -> torch.Tensor:
    """
    Cross-entropy of presence, and of side and intensity where a unit is present.

    Args:
        told ([`ActionUnitOutput`]): what the head says.
        truth (`torch.Tensor` of shape `(batch, units, 3)`):
            Present (0 or 1), the place of its side in `SIDES`, intensity. NaN where it is not known, as the side and
            the intensity in most annotation sheets.
    """
    present, side, intensity = truth.float().unbind(-1)
    loss = nn.functional.binary_cross_entropy_with_logits(told.logits.float(), present.nan_to_num(), reduction="none")
    total = _mean(loss, ~present.isnan())
    loss = nn.functional.cross_entropy(told.sides.float().movedim(-1, 1), side.nan_to_num().long(), reduction="none")
    total = total + SIDE_WEIGHT * _mean(loss, (present == 1) & ~side.isnan())
    loss = (told.intensity.float().log() - intensity.nan_to_num(1.0).clamp_min(LEAST_INTENSITY).log()).square()
    return total + INTENSITY_WEIGHT * _mean(loss, (present == 1) & ~intensity.isnan())


def _mean(values: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    return (values * counted).sum() / counted.sum().clamp_min(1)

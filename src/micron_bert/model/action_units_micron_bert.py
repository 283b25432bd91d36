"""The action unit head of μ-BERT: which units moved between two frames, on which side, how strongly."""

from typing import NamedTuple

import torch
from torch import nn

from .heads_micron_bert import ClipReadout, HeadOutput, expression_pattern, resized, to_grid

PER_UNIT = 3  # numbers of the last layer for each unit: presence, intensity, both sides
HALF_CHANNELS, HALF_HIDDEN = 3, 32  # of what a half of the face is read by: dx, dy, length
ONE_SIDED = 2.0  # times as much as a unit on both sides, which is four times as frequent, one on one side counts
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
        half = HALF_CHANNELS * self.grid[0] * (self.grid[1] // 2)
        # one reader for both halves, one of them mirrored: what it learns of one side it knows of the other
        self.half_face = nn.Sequential(
            nn.Dropout(config.action_unit_dropout / 2), nn.Linear(half, HALF_HIDDEN), nn.GELU(),
            nn.Linear(HALF_HIDDEN, units),
        )  # fmt: skip
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
        left = self._left_over_right(pattern).unflatten(0, clips).mean(dim=1)
        return ActionUnitOutput(told[..., 0], torch.stack([told[..., 2], left, -left], dim=-1), intensity)

    def _left_over_right(self, pattern: torch.Tensor) -> torch.Tensor:
        """How much more the left half of the person moved as each unit moves a half: `(M, units)`."""
        pattern = resized(pattern, self.grid)
        pattern = torch.cat([pattern, pattern.norm(dim=1, keepdim=True)], dim=1)
        mirrored = pattern.flip(-1) * pattern.new_tensor([-1.0, 1.0, 1.0])[:, None, None]
        columns = self.grid[1] // 2
        # the person's right is at the left of the picture
        right, left = (self.half_face(part[..., :columns].flatten(1)) for part in (pattern, mirrored))
        return left - right


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
    side_of = side.nan_to_num().long()
    loss = nn.functional.cross_entropy(told.sides.float().movedim(-1, 1), side_of, reduction="none")
    loss = loss * (1 + (ONE_SIDED - 1) * (side_of > 0))
    total = total + SIDE_WEIGHT * _mean(loss, (present == 1) & ~side.isnan())
    loss = (told.intensity.float().log() - intensity.nan_to_num(1.0).clamp_min(LEAST_INTENSITY).log()).square()
    return total + INTENSITY_WEIGHT * _mean(loss, (present == 1) & ~intensity.isnan())


def _mean(values: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    return (values * counted).sum() / counted.sum().clamp_min(1)

"""The action unit head of μ-BERT: which units moved between two frames, on which side, how strongly."""

from typing import NamedTuple

import torch
from torch import nn

from .heads_micron_bert import ClipReadout, HeadOutput, expression_pattern, resized, to_grid

PER_UNIT = 2  # numbers of the last layer for each unit and half of the face: whether it moved, how strongly
CHANNELS = 16  # of each patch, read out per position
PATTERN = 3  # channels of the displacement: dx, dy, length
TOGETHER = 1.5  # log-odds by which a unit on one side speaks for the other, at the start
ONE_SIDED = 2.0  # times as much as a unit on both sides, which is four times as frequent, one on one side counts
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


class MirroredHalves(nn.Module):
    """
    Features of both halves of the face from the positional classifier's patches.

    One network reads the halves, the second one mirrored, each together with the other half, so the two sides share
    their weights.
    """

    def __init__(self, config):
        super().__init__()
        hidden = config.action_unit_hidden_size
        self.grid = (config.grid_size, config.grid_size)
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        # a patch does not know that it is mirrored, so each half is read out by weights of its own
        self.right, self.left = nn.Linear(config.hidden_size, CHANNELS), nn.Linear(config.hidden_size, CHANNELS)
        half = (CHANNELS + PATTERN) * self.grid[0] * (self.grid[1] // 2)
        self.flat = nn.Linear(2 * half, hidden)
        self.dropout = nn.Dropout(config.action_unit_dropout)
        self.activation = nn.GELU()

    def read(self, patches: torch.Tensor, displacement: torch.Tensor, log_floor: torch.Tensor) -> torch.Tensor:
        """
        Args:
            patches (`torch.Tensor` of shape `(M, patches, hidden_size)`): of [`HeadOutput`].
            displacement (`torch.Tensor` of shape `(M, 4, rows, columns)`): in units of `displacement_scale`.
            log_floor (`torch.Tensor` of shape `()`): that of the classifier.

        Returns:
            `torch.Tensor` of shape `(M, 2, action_unit_hidden_size)`: of the person's left and right half.
        """
        left, right = self._halves(patches, displacement, log_floor)
        beside = torch.stack([torch.cat([left, right], dim=1), torch.cat([right, left], dim=1)], dim=1)
        return self.activation(self.flat(self.dropout(beside)))

    def _halves(self, patches: torch.Tensor, displacement: torch.Tensor, log_floor: torch.Tensor):
        """Left and right half of the person, the left one mirrored, `(M, channels * rows * columns)` each."""
        pattern = resized(expression_pattern(displacement, log_floor), self.grid)
        pattern = torch.cat([pattern, pattern.norm(dim=1, keepdim=True)], dim=1)
        flip = pattern.new_tensor([-1.0, 1.0, 1.0])[:, None, None]
        patches, grid, columns = self.norm(patches), tuple(displacement.shape[-2:]), self.grid[1] // 2
        right = torch.cat([resized(to_grid(self.right(patches), grid), self.grid), pattern], dim=1)
        left = torch.cat([resized(to_grid(self.left(patches), grid), self.grid), flip * pattern], dim=1)
        # the person's right is at the left of the picture
        return left.flip(-1)[..., :columns].flatten(1), right[..., :columns].flatten(1)


class MicronBertActionUnitHead(MirroredHalves):
    """
    Predicts action units from the positional classifier's features of each patch.

    For each unit it gives the evidence that a half of the face moved. The states of a unit (rest, left, right, both)
    have the odds 1, e^l, e^r and e^(l + r + t), where t, learned, says how often its two sides go together. Presence
    follows from these, and so does the side, for which the other units of the clip speak as well: those that move
    together mostly move on the same side.

    The classifier's features go in without their gradient unless `config.action_unit_gradient`: the units then cost
    the emotions nothing.
    """

    def __init__(self, config):
        super().__init__(config)
        units = len(config.action_units)
        self.gradient = config.action_unit_gradient
        self.clip = ClipReadout(config.action_unit_hidden_size, PER_UNIT * units, config.action_unit_dropout)
        self.together = nn.Parameter(torch.full((units,), TOGETHER))
        # from the log-odds to those that calibration found: slope and intercept of each unit
        self.register_buffer("calibration", torch.tensor([[1.0, 0.0]]).repeat(units, 1))
        # as calibration found them: how much the other units say of a unit's side, and what is added to one side alone
        self.register_buffer("side_calibration", torch.zeros(2))

    def forward(self, said: HeadOutput, log_floor: torch.Tensor, scale: torch.Tensor) -> ActionUnitOutput:
        """
        Args:
            said ([`HeadOutput`]): of a [`PositionalClassifier`], with its `patches`.
            log_floor (`torch.Tensor` of shape `()`), scale (`torch.Tensor` of shape `(4,)`): those of the classifier.
        """
        parts = (said.patches, said.displacement)
        patches, displacement = parts if self.gradient else (part.detach() for part in parts)
        clips = tuple(patches.shape[:2])
        features = self.read(patches.flatten(0, 1), displacement.flatten(0, 1) / scale[:, None, None], log_floor)
        told = self.clip(features.unflatten(0, clips)).unflatten(-1, (-1, PER_UNIT))  # (batch, 2, units, PER_UNIT)
        left, right = told[..., 0].unbind(dim=1)
        sides = torch.stack([left + right + self.together, left, right], dim=-1)
        slope, intercept = self.calibration.unbind(dim=-1)
        intensity = nn.functional.softplus(told[..., 1].mean(dim=1)) + LEAST_INTENSITY
        logits = slope * sides.logsumexp(dim=-1) + intercept
        return ActionUnitOutput(logits, shared_sides(sides, logits.sigmoid(), self.side_calibration), intensity)


def shared_sides(sides: torch.Tensor, probabilities: torch.Tensor, calibration: torch.Tensor) -> torch.Tensor:
    """
    The logits of `SIDES` of each unit with what the other units say of the side.

    Args:
        sides (`torch.Tensor` of shape `(batch, units, 3)`): what each unit says by itself.
        probabilities (`torch.Tensor` of shape `(batch, units)`): that it moved; by so much a unit has a say.
        calibration (`torch.Tensor` of shape `(2,)`):
            The share of the others' evidence for one side against both that is added, and a constant beside it.
    """
    share, constant = calibration.to(sides.dtype).unbind()
    alone = sides[..., 1:] - sides[..., :1]
    said = probabilities[..., None] * alone
    others = said.sum(dim=1, keepdim=True) - said
    return torch.cat([sides[..., :1], sides[..., 1:] + share * others + constant], dim=-1)


def action_unit_loss(told: ActionUnitOutput, truth: torch.Tensor) -> torch.Tensor:
    """
    Cross-entropy of presence, and of side and intensity where a unit is present.

    Args:
        told ([`ActionUnitOutput`]): output of the head.
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

"""The course head of μ-BERT: classifies each step of a face's movement over time (no, micro- or macro-expression)."""

from typing import NamedTuple

import torch
from torch import nn

from .course_steps_micron_bert import KINDS

POSITION = 4  # expression x, y and all movement x, y of a patch
MAPS = 2  # micro map and interest of a patch
LAGS = 3  # earlier frames that a frame is paired with
MOST_LOGIT, LOGIT_UNIT = 10.0, 4.0
AGO = (20, 60)  # steps before the present, over which a face's usual place is averaged
BASE_AHEAD = 4  # steps after the present that count for it as well
# % of the inter-ocular distance beyond which a movement is compressed to its square root
UNIT, QUICK_UNIT = 0.3, 0.1
# floor of the mean square movement, which keeps ratios finite in a still face; (% of the inter-ocular distance)²
LEAST_POWER = 1e-6


class CourseOutput(NamedTuple):
    """
    The course head's predictions, one for each step.

    Attributes:
        kind (`torch.Tensor` of shape `(batch, steps, 3)`): logits of `KINDS`.
        logits (`torch.Tensor` of shape `(batch, steps, classes)`):
            Which expression, if it is one; in the order of `config.course_labels`.
        apex (`torch.Tensor` of shape `(batch, steps)`): log-odds that an expression is at its strongest.
        ends (`torch.Tensor` of shape `(batch, steps, 2)`): seconds since its onset, and until its offset.
    """

    kind: torch.Tensor
    logits: torch.Tensor
    apex: torch.Tensor
    ends: torch.Tensor


def shared_out(ahead: int, dilations: tuple[int, ...]) -> tuple[int, ...]:
    """How many of the steps to come each convolution sees, so that all together see `ahead` of them."""
    seen = []
    for dilation in dilations:
        seen.append(min(dilation, ahead - sum(seen)))
    return tuple(seen)


def recent_mean(values: torch.Tensor, ago: int, ahead: int) -> torch.Tensor:
    """Moving average of `(batch, steps, channels)` over a window of steps, cut off at both ends."""
    step = torch.arange(values.shape[1], device=values.device)
    later = step[None] - step[:, None]
    counted = ((later >= -ago) & (later <= ahead)).to(values.dtype)
    return (counted / counted.sum(dim=1, keepdim=True)) @ values


def bent(values: torch.Tensor, unit: float) -> torch.Tensor:
    """Compresses large values: linear below `unit`, the square root above."""
    values = values / unit
    return values * (1 + values.abs()).rsqrt()


class CourseLayer(nn.Module):
    """A gated convolution over time, more steps back than ahead."""

    def __init__(self, width: int, dilation: int, ahead: int, dropout: float, eps: float):
        super().__init__()
        self.margins = (2 * dilation - ahead, ahead)
        self.norm = nn.LayerNorm(width, eps=eps)
        self.dilation = dilation
        self.convolution = nn.Linear(3 * width, 2 * width)
        self.output = nn.Linear(width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """`(batch, steps, width)`."""
        padded = nn.functional.pad(self.norm(hidden), (0, 0, *self.margins))
        steps = hidden.shape[1]
        taps = [padded[:, tap * self.dilation : tap * self.dilation + steps] for tap in range(3)]
        value, gate = self.convolution(torch.cat(taps, dim=-1)).chunk(2, dim=-1)
        return hidden + self.dropout(self.output(value * gate.sigmoid()))


class MicronBertCourseHead(nn.Module):
    """
    From the course of a face to the expressions in it.

    One pair of frames cannot separate a movement that comes and goes from speech, a blink or noise; some tenths of a
    second can. Every step is described by where each patch is, relative to where it usually was in the last seconds,
    and to where it was a step ago; read out per position, as where on the face something moves says what it is. Then
    convolutions over time look back some seconds and ahead some tenths of one, so that a stream is read with bounded
    memory and a bounded delay, and gives the same answers as the whole film.

    Reference: dense prediction of classes, centres and distances to both ends, as in anchor-free detection
    (FCOS, arXiv 1904.01355; ActionFormer, arXiv 2202.07925).
    """

    def __init__(self, config):
        super().__init__()
        width, patches = config.course_hidden_size, config.grid_size**2
        self.dilations = tuple(config.course_dilations)
        ahead = shared_out(config.course_ahead - BASE_AHEAD, self.dilations)
        self.quick = nn.Linear(POSITION * patches, width)
        self.places = nn.ModuleList(nn.Linear(POSITION * patches, width, bias=False) for _ in AGO)
        self.maps = nn.Linear(MAPS * patches, width, bias=False)
        self.sizes = nn.Linear(len(AGO) + 2, width, bias=False)
        self.pairs = nn.Linear(LAGS * (len(config.course_labels) + 1), width, bias=False)
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.mix = nn.Linear(width, width)
        self.activation = nn.GELU()
        self.dropout = nn.Dropout(config.course_dropout)
        self.layers = nn.ModuleList(
            CourseLayer(width, dilation, seen, config.course_dropout, config.layer_norm_eps)
            for dilation, seen in zip(self.dilations, ahead, strict=True)
        )
        self.last_norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.kind = nn.Linear(width, len(KINDS))
        self.classes = nn.Linear(width, len(config.course_labels))
        self.apex = nn.Linear(width, 1)
        self.ends = nn.Linear(width, 2)

    @property
    def back(self) -> int:
        """Steps before a step that its answer depends on."""
        return max(AGO) + 1 + sum(layer.margins[0] for layer in self.layers)

    @property
    def ahead(self) -> int:
        """Steps after it that the answer depends on."""
        return BASE_AHEAD + sum(layer.margins[1] for layer in self.layers)

    def describe(self, position: torch.Tensor, maps: torch.Tensor, pair_logits: torch.Tensor) -> torch.Tensor:
        """What moved, `(batch, steps, width)`; arguments as for [`forward`]."""
        flat = position.float().flatten(2)  # (B, T, 4 * patches)
        quick = nn.functional.pad(flat[:, 1:] - flat[:, :-1], (0, 0, 1, 0))
        apart = [flat - recent_mean(flat, ago, BASE_AHEAD) for ago in AGO]
        half = flat.shape[2] // 2  # the expression's part of the movement
        power = [each[..., :half].square().mean(dim=2, keepdim=True) for each in (quick, *apart)]
        power.append(recent_mean(power[0], max(AGO), BASE_AHEAD))
        sizes = (torch.cat(power, dim=-1) + LEAST_POWER).log() / 2
        hidden = self.quick(bent(quick, QUICK_UNIT)) + self.sizes(sizes) + self.maps(maps.float().flatten(2))
        for place, each in zip(self.places, apart, strict=True):
            hidden = hidden + place(bent(each, UNIT))
        said = pair_logits.float().flatten(2).clamp(-MOST_LOGIT, MOST_LOGIT) / LOGIT_UNIT
        return hidden + self.pairs(said)

    def forward(self, position: torch.Tensor, maps: torch.Tensor, pair_logits: torch.Tensor) -> CourseOutput:
        """
        Args:
            position (`torch.Tensor` of shape `(batch, steps, 4, rows, columns)`):
                Where every patch is, in % of the inter-ocular distance, relative to any one moment: by expression
                x, y, by all movement x, y; a step every `STEP` seconds.
            maps (`torch.Tensor` of shape `(batch, steps, 2, rows, columns)`):
                Micro map and interest less one of each step, against some tenths of a second before.
            pair_logits (`torch.Tensor` of shape `(batch, steps, 3, classes + 1)`):
                Logits of the pair classifier for each step against three earlier moments: `config.course_labels`, then
                `none`. Zeros where it knows other classes.
        """
        hidden = self.dropout(self.activation(self.norm(self.describe(position, maps, pair_logits))))
        hidden = self.activation(self.mix(hidden))
        for layer in self.layers:
            hidden = layer(hidden)
        hidden = self.last_norm(hidden)
        ends = nn.functional.softplus(self.ends(hidden))
        return CourseOutput(self.kind(hidden), self.classes(hidden), self.apex(hidden)[..., 0], ends)


__all__ = ["CourseOutput", "MicronBertCourseHead"]

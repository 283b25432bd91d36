"""Recognition heads of μ-BERT: labels, displacements and the micro map from micro-attention's output."""

import math
from typing import NamedTuple

import torch
from torch import nn

# logarithm of the displacement, in units of `displacement_scale`, below which it is taken for noise; where models that
# learned it came to
LOG_FLOOR = math.log(0.33)
# mean squared displacement, in the same units, of a pair in which hardly anything moves
LEAST_POWER = 0.25
LAYERS = 2  # rounds in which neighbouring patches share what they saw
CHANNELS = 8  # of each patch, read out per position
MOVEMENT_WEIGHT = MICRO_ATTENTION_WEIGHT = 0.5  # of the losses that separate moved patches from the others


def to_grid(features: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """`(M, patches, channels)` to `(M, channels, rows, columns)`."""
    return features.transpose(1, 2).contiguous().unflatten(2, grid)


def resized(channels: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """`(M, channels, rows, columns)` on the grid of the trained size."""
    if tuple(channels.shape[-2:]) == grid:
        return channels
    return nn.functional.interpolate(channels, size=grid, mode="bilinear", align_corners=False)


def expression_pattern(displacement: torch.Tensor, log_floor: torch.Tensor) -> torch.Tensor:
    """
    The displacement by the expression relative to its root mean square.

    A faint smile then has the pattern of a broad one, and pure noise is not amplified to a pattern.

    Args:
        displacement (`torch.Tensor` of shape `(M, 4, rows, columns)`):
            Expression dx, dy in units of `displacement_scale`; further channels are ignored.
        log_floor (`torch.Tensor` of shape `()`):
            Logarithm of the displacement, in the same units, below which it is taken for noise.

    Returns:
        `torch.Tensor` of shape `(M, 2, rows, columns)`.
    """
    expression = displacement[:, :2]
    power = expression.float().square().mean(dim=(1, 2, 3), keepdim=True) + (2 * log_floor).exp()
    return expression * power.rsqrt().to(expression.dtype)


def moved_patches(displacement: torch.Tensor) -> torch.Tensor:
    """
    Where an expression moved the skin: by a tenth of its largest displacement, and by .02 pixels.

    Args:
        displacement (`torch.Tensor` of shape `(..., 4, rows, columns)`):
            Expression dx, dy in pixels; further channels are ignored.

    Returns:
        `torch.Tensor` of shape `(..., rows, columns)`, bool.
    """
    length = displacement[..., :2, :, :].norm(dim=-3)
    return length > (0.1 * length.amax(dim=(-2, -1), keepdim=True)).clamp_min(0.02)


def displacement_loss(predicted: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """
    Squared error of the displacement relative to how much moved in that pair, so that faint movements count as well.

    Args:
        predicted, truth (`torch.Tensor` of shape `(batch, pairs, 4, rows, columns)`):
            Expression dx, dy, total dx, dy in units of `displacement_scale`. Where nobody knows the one or the other,
            as in a real film, its truth is NaN, and it does not count.
    """
    known = ~truth.isnan().unflatten(2, (2, 2)).flatten(3).any(dim=3)  # (batch, pairs, 2)
    truth = truth.nan_to_num()
    error = (predicted.float() - truth).square().unflatten(2, (2, 2)).mean(dim=(3, 4, 5))
    power = truth.square().unflatten(2, (2, 2)).mean(dim=(3, 4, 5))
    return (known * error / (LEAST_POWER + power)).sum() / known.sum().clamp_min(1)


def label_loss(logits: torch.Tensor, labels: torch.Tensor, problem_type: str | None) -> torch.Tensor:
    """
    The loss that the library's classifiers have for the kind of problem, which the labels show where it is None.

    Args:
        logits (`torch.Tensor` of shape `(batch, num_labels)`):
            Scores.
        labels (`torch.Tensor` of shape `(batch,)` or `(batch, num_labels)`):
            A class each, -100 for none (`"single_label_classification"`), 0/1 per label
            (`"multi_label_classification"`), or numbers (`"regression"`).
        problem_type (`str`, *optional*):
            One of these; when left out, regression for one label, else classes for integers of one axis.

    Raises:
        ValueError: labels of another shape.
    """
    if problem_type is None:
        if logits.shape[1] == 1:
            problem_type = "regression"
        elif labels.ndim == 1 or labels.shape == (logits.shape[0], 1):
            problem_type = "single_label_classification"
        else:
            problem_type = "multi_label_classification"
    single = problem_type == "single_label_classification" or logits.shape[1] == 1
    expected = (logits.shape[0],) if single else tuple(logits.shape)
    if labels.shape == (logits.shape[0], 1) and single:
        labels = labels[:, 0]
    if tuple(labels.shape) != expected:
        raise ValueError(
            f"`labels` must have the shape {expected} for `problem_type` {problem_type!r}, got {tuple(labels.shape)}."
        )
    logits = logits.float()
    if problem_type == "single_label_classification":
        known = (labels >= 0).sum().clamp_min(1)  # what has no class, such as units drawn at random, does not count
        return nn.functional.cross_entropy(logits, labels.long(), reduction="sum") / known
    if single:
        logits = logits[:, 0]
    if problem_type == "regression":
        return nn.functional.mse_loss(logits, labels.float())
    return nn.functional.binary_cross_entropy_with_logits(logits, labels.float())


class ClipReadout(nn.Module):
    """
    One feature per later frame to labels for the clip: a learned weighting over the frames, then a linear layer.

    A pair has one later frame, which then has weight 1.
    """

    def __init__(self, hidden_size: int, num_labels: int, dropout: float):
        super().__init__()
        self.frame_weighting = nn.Linear(hidden_size, 1)
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(hidden_size, num_labels)

    def forward(self, frame_features: torch.Tensor) -> torch.Tensor:
        weights = self.frame_weighting(frame_features).softmax(dim=1)  # (B, T-1, 1)
        return self.out_proj(self.dropout((weights * frame_features).sum(dim=1)))


class HeadOutput(NamedTuple):
    """
    Output of a classification head.

    Attributes:
        logits (`torch.Tensor` of shape `(batch, num_labels)`):
            Scores of the labels.
        displacement (`torch.Tensor` of shape `(batch, pairs, 4, rows, columns)`, *optional*):
            Mean movement of each patch in pixels: expression dx, dy, total dx, dy.
        movement (`torch.Tensor` of shape `(batch, pairs, rows, columns)`, *optional*):
            Log-odds that the expression moved a patch.
        patches (`torch.Tensor` of shape `(batch, pairs, patches, hidden_size)`, *optional*):
            Features of each patch and its neighbours.
    """

    logits: torch.Tensor
    displacement: torch.Tensor | None = None
    movement: torch.Tensor | None = None
    patches: torch.Tensor | None = None


class PooledClassifier(nn.Module):
    """The paper's feature: micro-attention's output pooled over the patches with the interest scores as weights."""

    loss_weights: dict[str, float] = {}

    def __init__(self, config):
        super().__init__()
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.clip = ClipReadout(config.hidden_size, config.num_labels, config.classifier_dropout)

    def forward(self, output) -> HeadOutput:
        """
        Args:
            output (`MicronBertModelOutput`): of two frames or more.
        """
        pooled = (output.micro_hidden_state * output.interest[..., None]).mean(dim=2)  # interest has mean 1
        return HeadOutput(self.clip(self.norm(pooled)))

    def micro_map(self, said: HeadOutput, output) -> torch.Tensor:
        """Micro-attention's own map."""
        return output.micro_map

    def losses(self, said: HeadOutput, output, displacement: torch.Tensor) -> dict[str, torch.Tensor]:
        """None: this head learns from labels alone."""
        return {}


class NeighbourLayer(nn.Module):
    """One round in which each patch learns what its 5 × 5 neighbours saw, then thinks it over."""

    def __init__(self, config):
        super().__init__()
        hidden = config.hidden_size
        self.neighbours = nn.Conv2d(hidden, hidden, kernel_size=5, padding=2, groups=hidden)
        self.norm = nn.LayerNorm(hidden, eps=config.layer_norm_eps)
        self.expand = nn.Linear(hidden, 2 * hidden)
        self.contract = nn.Linear(2 * hidden, hidden)
        self.activation = nn.GELU()

    def forward(self, moved: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
        """`(M, patches, hidden)` on a grid of rows and columns."""
        moved = moved + self.neighbours(to_grid(moved, grid)).flatten(2).transpose(1, 2)
        return moved + self.contract(self.activation(self.expand(self.norm(moved))))


class PositionalClassifier(nn.Module):
    """
    Micro-attention's output and nothing else, shared among neighbours and read out per position.

    One patch sees one component of a movement, and noise; its neighbours see the rest. Out come the displacement of
    each patch, whether the expression moved it, and the labels.
    """

    def __init__(self, config):
        super().__init__()
        hidden = config.hidden_size
        self.grid = (config.grid_size, config.grid_size)
        self.layers = nn.ModuleList(NeighbourLayer(config) for _ in range(LAYERS))
        self.displacement = nn.Linear(hidden, 4)
        self.movement = nn.Linear(hidden, 1)
        self.register_buffer(
            "displacement_scale", torch.tensor([float(s) for s in config.displacement_scale]), persistent=False
        )
        self.readout = nn.Linear(hidden, CHANNELS)
        # a buffer, as sharded training takes no parameter that is a single number
        self.register_buffer("log_floor", torch.tensor(LOG_FLOOR))
        self.flat = nn.Linear((CHANNELS + 2) * config.grid_size**2, config.classifier_hidden_size)
        self.activation = nn.GELU()
        self.clip = ClipReadout(config.classifier_hidden_size, config.num_labels, config.classifier_dropout)
        self.is_displaced = config.micro_attention == "displaced"
        self.loss_weights = {
            "displacement": config.displacement_weight,
            "movement": MOVEMENT_WEIGHT,
            "micro_attention": MICRO_ATTENTION_WEIGHT,
        }

    def _read(self, moved: torch.Tensor, displacement: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
        """
        Features `(M, classifier_hidden_size)` from some channels per patch, and from the pattern of the expression.
        """
        pattern = expression_pattern(displacement, self.log_floor)
        channels = torch.cat([to_grid(self.readout(moved), grid), pattern], dim=1)
        return self.activation(self.flat(resized(channels, self.grid).flatten(1)))

    def forward(self, output) -> HeadOutput:
        """Argument as for [`PooledClassifier`]."""
        grid = tuple(output.micro_map.shape[-2:])
        clips = tuple(output.micro_hidden_state.shape[:2])
        moved = output.micro_hidden_state.flatten(0, 1)
        for layer in self.layers:
            moved = layer(moved, grid)
        displacement = to_grid(self.displacement(moved), grid)
        movement = to_grid(self.movement(moved), grid)[:, 0]
        logits = self.clip(self._read(moved, displacement, grid).unflatten(0, clips))
        displacement = displacement * self.displacement_scale[:, None, None]
        return HeadOutput(logits, *(part.unflatten(0, clips) for part in (displacement, movement, moved)))

    def micro_map(self, said: HeadOutput, output) -> torch.Tensor:
        """The probability that the expression moved a patch, `(batch, pairs, rows, columns)`."""
        return said.movement.sigmoid()

    def losses(self, said: HeadOutput, output, displacement: torch.Tensor) -> dict[str, torch.Tensor]:
        """
        What the true displacement `(batch, pairs, 4, rows, columns)` in pixels teaches, before `loss_weights`: the
        displacement itself, which patches moved, and the same for the diagonal of displaced micro-attention.
        """
        scale = self.displacement_scale[:, None, None]
        moved = moved_patches(displacement).float()
        losses = {
            "displacement": displacement_loss(said.displacement / scale, displacement.float() / scale),
            "movement": nn.functional.binary_cross_entropy_with_logits(said.movement.float(), moved),
        }
        if self.is_displaced:
            stayed = output.micro_attention.float().mean(dim=2).clamp(1e-4, 1 - 1e-4)
            losses["micro_attention"] = nn.functional.binary_cross_entropy(stayed, 1 - moved.flatten(2))
        return losses


# by `config.classifier`
CLASSIFIERS = {"pooled": PooledClassifier, "positional": PositionalClassifier}

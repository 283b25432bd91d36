"""Recognition heads of μ-BERT: what the change between the onset and later frames says."""

import math

import torch
from torch import nn

# logarithm of the displacement, in units of `displacement_scale`, below which it is taken for noise at the start
LOG_FLOOR = math.log(0.2)
# mean squared displacement, in the same units, of a pair in which hardly anything moves
LEAST_POWER = 0.25


def _to_grid(features: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """`(M, patches, channels)` to `(M, channels, rows, columns)`."""
    return features.transpose(1, 2).contiguous().unflatten(2, grid)


def _resized(channels: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
    """`(M, channels, rows, columns)` on the grid of the trained size."""
    if tuple(channels.shape[-2:]) == grid:
        return channels
    return nn.functional.interpolate(channels, size=grid, mode="bilinear", align_corners=False)


def moved_patches(displacement: torch.Tensor) -> torch.Tensor:
    """
    Where an expression moved the skin: by a tenth of its largest displacement, and by .02 pixels.

    Args:
        displacement (`torch.Tensor` of shape `(..., 4, rows, columns)`):
            Expression dx, dy in pixels, then what is not looked at.

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


class ClipReadout(nn.Module):
    """
    One feature per later frame to labels for the clip: a learned weighting over the frames, then a linear layer.

    A pair has one later frame, which then has weight 1.
    """

    def __init__(self, hidden_size: int, num_labels: int, dropout: float):
        super().__init__()
        self.frame_score = nn.Linear(hidden_size, 1)
        self.dropout = nn.Dropout(dropout)
        self.out_proj = nn.Linear(hidden_size, num_labels)

    def forward(self, frame_features: torch.Tensor) -> torch.Tensor:
        weights = self.frame_score(frame_features).softmax(dim=1)  # (B, T-1, 1)
        return self.out_proj(self.dropout((weights * frame_features).sum(dim=1)))


class BilinearClassifier(nn.Module):
    """
    Change between two frames times content of the onset, read out per position.

    Where the brightness moves with the skin, its change is the product of the onset's gradient and the displacement,
    hence a product of a difference and a content. Where on the face something moved is the label, hence a readout
    with a few channels per patch, flattened, instead of an average over patches. The displacement of each patch comes
    out beside the labels and is trained from the true field where there is one.
    """

    def __init__(self, config):
        super().__init__()
        hidden = config.hidden_size
        self.grid = (config.grid_size, config.grid_size)
        # a displacement of a tenth of a pixel changes a normalised pixel by some hundredths
        self.gain = nn.Parameter(torch.tensor(math.log(10.0)))
        self.embedding_change = nn.Linear(hidden, hidden)
        self.token_change = nn.Linear(hidden, hidden, bias=False)
        self.micro = nn.Linear(hidden, hidden, bias=False)
        self.content_norm = nn.LayerNorm(hidden, eps=config.layer_norm_eps)
        self.content = nn.Linear(2 * hidden, hidden)
        self.mix = nn.Linear(hidden, hidden)
        self.neighbours = nn.Conv2d(hidden, hidden, kernel_size=5, padding=2, groups=hidden)
        self.norm = nn.LayerNorm(hidden, eps=config.layer_norm_eps)
        self.expand = nn.Linear(hidden, 2 * hidden)
        self.contract = nn.Linear(2 * hidden, hidden)
        self.activation = nn.GELU()
        self.displacement = nn.Linear(hidden, 4)
        self.register_buffer(
            "displacement_scale", torch.tensor([float(s) for s in config.displacement_scale]), persistent=False
        )
        self.readout = nn.Linear(hidden, config.readout_channels)
        self.flat = nn.Linear(config.readout_channels * config.grid_size**2, config.classifier_hidden_size)
        self.clip = ClipReadout(config.classifier_hidden_size, config.num_labels, config.classifier_dropout)

    def forward(self, encoded, micro_hidden_state: torch.Tensor, interest: torch.Tensor, grid: tuple[int, int]):
        """
        Args:
            encoded (`MicronBertEncodedFrames`):
                All frames of the clips; frame 0 is the onset.
            micro_hidden_state (`torch.Tensor` of shape `(batch, pairs, patches, hidden)`):
                Output of micro-attention.
            interest (`torch.Tensor` of shape `(batch, pairs, patches)`):
                Not used: position tells this head where the face is.
            grid (`tuple[int, int]`):
                Rows and columns of patches.

        Returns:
            `(logits, displacement, None)` of shapes `(batch, num_labels)` and `(batch, pairs, 4, rows, columns)`, the
            latter in pixels: expression dx, dy, total dx, dy, the mean over each patch.
        """
        tokens, embeddings = encoded.last_hidden_state[:, :, 1:], encoded.patch_embeddings
        batch_size, pairs = micro_hidden_state.shape[:2]
        change = self.embedding_change(embeddings[:, 1:] - embeddings[:, :1])
        change = change + self.token_change(tokens[:, 1:] - tokens[:, :1]) + self.micro(micro_hidden_state)
        onset = torch.cat([self.content_norm(embeddings[:, :1]), tokens[:, :1]], dim=-1)
        moved = self.mix(change * self.gain.exp() * self.content(onset)).flatten(0, 1)  # (B * pairs, N, D)
        moved = moved + self.neighbours(_to_grid(moved, grid)).flatten(2).transpose(1, 2)
        moved = moved + self.contract(self.activation(self.expand(self.norm(moved))))
        displacement = _to_grid(self.displacement(moved), grid) * self.displacement_scale[:, None, None]
        readout = _resized(_to_grid(self.readout(moved), grid), self.grid)
        features = self.activation(self.flat(readout.flatten(1))).unflatten(0, (batch_size, pairs))
        return self.clip(features), displacement.unflatten(0, (batch_size, pairs)), None


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
        moved = moved + self.neighbours(_to_grid(moved, grid)).flatten(2).transpose(1, 2)
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
        self.layers = nn.ModuleList(NeighbourLayer(config) for _ in range(config.classifier_layers))
        self.displacement = nn.Linear(hidden, 4)
        self.movement = nn.Linear(hidden, 1)
        self.register_buffer(
            "displacement_scale", torch.tensor([float(s) for s in config.displacement_scale]), persistent=False
        )
        self.readout = nn.Linear(hidden, config.readout_channels)
        self.log_floor = nn.Parameter(torch.tensor(LOG_FLOOR))
        channels = config.readout_channels + 2
        self.flat = nn.Linear(channels * config.grid_size**2, config.classifier_hidden_size)
        self.activation = nn.GELU()
        self.clip = ClipReadout(config.classifier_hidden_size, config.num_labels, config.classifier_dropout)

    def _read(self, moved: torch.Tensor, displacement: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
        """
        Features `(M, classifier_hidden_size)` from some channels per patch, and from the pattern of the expression.

        A faint smile has the pattern of a broad one, so the displacement counts relative to its root mean square, but
        what is nothing but noise is not blown up to a pattern.
        """
        expression = displacement[:, :2]
        power = expression.float().square().mean(dim=(1, 2, 3), keepdim=True) + (2 * self.log_floor).exp()
        pattern = expression * power.rsqrt().to(expression.dtype)
        channels = torch.cat([_to_grid(self.readout(moved), grid), pattern], dim=1)
        return self.activation(self.flat(_resized(channels, self.grid).flatten(1)))

    def forward(self, encoded, micro_hidden_state: torch.Tensor, interest: torch.Tensor, grid: tuple[int, int]):
        """
        Arguments as for [`BilinearClassifier`].

        Returns:
            `(logits, displacement, movement)`, the last of shape `(batch, pairs, rows, columns)`: log-odds that the
            expression moved a patch.
        """
        batch_size, pairs = micro_hidden_state.shape[:2]
        moved = micro_hidden_state.flatten(0, 1)
        for layer in self.layers:
            moved = layer(moved, grid)
        displacement = _to_grid(self.displacement(moved), grid)
        movement = _to_grid(self.movement(moved), grid)[:, 0]
        logits = self.clip(self._read(moved, displacement, grid).unflatten(0, (batch_size, pairs)))
        displacement = displacement * self.displacement_scale[:, None, None]
        return logits, displacement.unflatten(0, (batch_size, pairs)), movement.unflatten(0, (batch_size, pairs))


class PooledClassifier(nn.Module):
    """The paper's feature: micro-attention's output pooled over the patches with the interest scores as weights."""

    def __init__(self, config):
        super().__init__()
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.clip = ClipReadout(config.hidden_size, config.num_labels, config.classifier_dropout)

    def forward(self, encoded, micro_hidden_state: torch.Tensor, interest: torch.Tensor, grid: tuple[int, int]):
        """Arguments as for [`BilinearClassifier`]; returns `(logits, None, None)`."""
        pooled = (micro_hidden_state * interest[..., None]).mean(dim=2)  # interest has mean 1
        return self.clip(self.norm(pooled)), None, None

"""What pre-training asks for: pixels of the onset, the change to a later frame, or its tokens."""

import torch
from torch import nn

from .attention_micron_bert import MicronBertLayer
from .embeddings_micron_bert import MicronBertEmbeddings

# squared change, of normalised pixels, that a grey level in each makes: below it there is nothing to explain
PIXEL_FLOOR = (1 / 255 / 0.226) ** 2
TOKEN_FLOOR = 1e-6  # the same of tokens, whose variance is one
SMALLEST = 1e-3  # deviation of the weights of a last layer that tells changes, before it has learned


def unexplained(prediction: torch.Tensor, change: torch.Tensor, floor: float) -> torch.Tensor:
    """
    The share of a change that a prediction leaves unexplained: 0 where it is exact, 1 where it says that all stays.

    A movement of a tenth of a pixel and a smile count alike, since each pair is measured by its own change.

    Args:
        prediction, change (`torch.Tensor` of shape `(pairs, patches, size)`):
            What is predicted, and what is true.
        floor (`float`):
            Mean squared change of a pair that counts as much as noise.
    """
    prediction, change = prediction.float(), change.float()
    error = (prediction - change).square().mean(dim=(1, 2))
    return (error / (change.square().mean(dim=(1, 2)) + floor)).mean()


class MicronBertTokenDecoder(nn.Module):
    """Transformer layers over the patches of a pair, with positions of their own."""

    def __init__(self, config, positions: torch.Tensor):
        super().__init__()
        width = config.decoder_hidden_size
        self.grid_size = config.grid_size
        self.embed = nn.Linear(config.hidden_size, width)
        self.register_buffer("positions", positions, persistent=False)
        self.layers = nn.ModuleList(
            MicronBertLayer(config, width, config.decoder_num_attention_heads, config.decoder_intermediate_size)
            for _ in range(config.decoder_num_hidden_layers)
        )
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)

    def decode(self, hidden_states: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
        """`(pairs, patches, hidden)` to `(pairs, patches, decoder_hidden_size)`."""
        positions = self.positions[:, 1:]
        if grid != (self.grid_size, self.grid_size):
            positions = positions.unflatten(1, (self.grid_size, self.grid_size)).permute(0, 3, 1, 2)
            positions = nn.functional.interpolate(positions, size=grid, mode="bicubic", align_corners=False)
            positions = positions.flatten(2).transpose(1, 2)
        hidden_states = self.embed(hidden_states)
        hidden_states = hidden_states + positions.to(hidden_states.dtype)
        for layer in self.layers:
            hidden_states = layer(hidden_states)
        return self.norm(hidden_states)


class MicronBertDecoder(MicronBertTokenDecoder):
    """Tokens to pixels: of the onset (paper section 3.3), or of what changes until the later frame."""

    def __init__(self, config, positions: torch.Tensor):
        super().__init__(config, positions)
        self.to_pixels = nn.Linear(config.decoder_hidden_size, config.patch_size**2 * config.num_channels)

    @property
    def out(self) -> nn.Linear:
        """The last layer."""
        return self.to_pixels

    def forward(self, hidden_states: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
        """`(pairs, patches, hidden)` to `(pairs, patches, patch_size**2 * channels)`."""
        return self.to_pixels(self.decode(hidden_states, grid))


class MicronBertPredictor(MicronBertTokenDecoder):
    """The onset's tokens and the action of a pair to how the tokens of the later frame differ (arXiv 2405.16451)."""

    def __init__(self, config, positions: torch.Tensor):
        super().__init__(config, positions)
        self.to_tokens = nn.Linear(config.decoder_hidden_size, config.hidden_size)

    @property
    def out(self) -> nn.Linear:
        """The last layer."""
        return self.to_tokens

    def forward(self, hidden_states: torch.Tensor, grid: tuple[int, int]) -> torch.Tensor:
        """`(pairs, patches, hidden)` to `(pairs, patches, hidden)`."""
        return self.to_tokens(self.decode(hidden_states, grid))


class MicronBertTarget(nn.Module):
    """
    The encoder whose tokens are predicted: a moving average of the one that learns, which no gradient reaches.

    Its weights are saved with the model, so that a run goes on where it stopped.
    """

    def __init__(self, config):
        super().__init__()
        self.embeddings = MicronBertEmbeddings(config)
        self.layers = nn.ModuleList(
            MicronBertLayer(config, config.hidden_size, config.num_attention_heads, config.intermediate_size)
            for _ in range(config.num_hidden_layers)
        )
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.requires_grad_(False)

    @torch.no_grad()
    def follow(self, encoder: nn.Module, decay: float) -> None:
        """
        Moves towards an encoder.

        Args:
            encoder ([`MicronBertModel`]):
                The one that learns.
            decay (`float`):
                Share of its own weights that is kept; 0 copies the encoder.
        """
        learning = dict(encoder.named_parameters())
        for name, own in self.named_parameters():
            own.lerp_(learning[name].detach().to(own.dtype), 1 - decay)

    @torch.no_grad()
    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Frames `(M, channels, height, width)` to patch tokens `(M, patches, hidden)` of mean 0 and variance 1."""
        hidden_states = self.embeddings(frames)
        for layer in self.layers:
            hidden_states = layer(hidden_states)
        hidden_states = self.norm(hidden_states)[:, 1:].float()
        return nn.functional.layer_norm(hidden_states, hidden_states.shape[-1:])

"""Micro-attention over displacements: each later patch asks its own place in the onset, a little moved."""

import torch
from torch import nn

# luminance (ITU-R 601) of frames that were normalised with the mean and deviation of ImageNet
LUMINANCE = (0.299 * 0.229 / 0.226, 0.587 * 0.224 / 0.226, 0.114 * 0.225 / 0.226)
# no displacement, then content moved to the left, right, up and down by one step
DISPLACEMENTS = 5
# logarithm of the sharpness of the first and last head at the start: blunt ones tell far displacements apart, sharp
# ones near ones
SHARPNESS = (1.0, 5.0)


def shift_kernels(step: float) -> torch.Tensor:
    """
    Cubic (Catmull-Rom) interpolation at a fraction of a pixel, as kernels `(5, 1, 5, 5)` for a convolution.

    Args:
        step (`float`):
            Displacement in pixels, between 0 and 1.
    """

    def weight(distance: float) -> float:
        distance = abs(distance)
        if distance <= 1:
            return 1.5 * distance**3 - 2.5 * distance**2 + 1
        return -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2 if distance < 2 else 0.0

    later = torch.tensor([weight(tap - step) for tap in (-2, -1, 0, 1, 2)])
    kernels = torch.zeros(DISPLACEMENTS, 1, 5, 5)
    kernels[0, 0, 2, 2] = 1
    kernels[1, 0, 2], kernels[2, 0, 2] = later, later.flip(0)
    kernels[3, 0, :, 2], kernels[4, 0, :, 2] = later, later.flip(0)
    return kernels


class MicronBertDisplacedKeys(nn.Module):
    """
    Windows around each patch at five displacements, projected without a bias.

    The projection is linear, so the difference of two keys is the key of the difference: what a displacement changes.
    """

    def __init__(self, config):
        super().__init__()
        self.patch_size, self.window = config.patch_size, config.displaced_window
        self.step, self.num_channels = config.displaced_step, config.num_channels
        self.projection = nn.Linear(self.window**2, config.displaced_size, bias=False)
        self.register_buffer("kernels", shift_kernels(self.step), persistent=False)
        self.register_buffer("luminance", self.channel_weights(), persistent=False)

    def channel_weights(self) -> torch.Tensor:
        """`(channels, 1, 1)`."""
        weights = LUMINANCE if self.num_channels == 3 else [1 / self.num_channels] * self.num_channels
        return torch.tensor(weights)[:, None, None]

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Frames `(M, channels, height, width)` to keys `(M, 5, patches, displaced_size)`; the first is the query."""
        with torch.autocast(frames.device.type, enabled=False), torch.no_grad():
            grey = (frames.to(self.kernels.dtype) * self.luminance).sum(dim=1, keepdim=True)
            moved = nn.functional.conv2d(nn.functional.pad(grey, (2, 2, 2, 2), mode="replicate"), self.kernels)
            margin = (self.window - self.patch_size) // 2
            moved = nn.functional.pad(moved, (margin,) * 4, mode="replicate")
            windows = moved.unfold(2, self.window, self.patch_size).unfold(3, self.window, self.patch_size)
            windows = windows.flatten(4).flatten(2, 3)
        with torch.autocast(frames.device.type, enabled=False):
            return self.projection(windows.to(self.projection.weight.dtype))


class MicronBertDisplacedAttention(nn.Module):
    r"""
    Micro-attention whose rows run over displacements instead of over the other patches of the face.

    A row of the paper's attention is normalised over all patches, most of which look nothing like the one that asks;
    its diagonal says how unique a patch is, and is blind to a tenth of a pixel. Here the patch competes with itself, a
    fraction of a pixel away, and by distance instead of by product:

    $$A_{i,d} = \mathrm{softmax}_d\left(-\tau_i \lVert q_i - k_{i,d} \rVert^2\right)$$

    so that the norm of a key, which has nothing to do with movement, cancels. The diagonal is $A_{i,0}$, how far the
    patch has stayed where it was; the expected displacement is that of Lucas and Kanade in a learned metric. The
    sharpness $\tau_i$ and an offset for staying come from the onset's token, which knows what is noise there.
    """

    def __init__(self, config):
        super().__init__()
        self.num_heads = config.micro_attention_heads
        self.log_sharpness = nn.Parameter(torch.linspace(*SHARPNESS, self.num_heads))
        self.sharpness = nn.Linear(config.hidden_size, self.num_heads, bias=False)
        self.staying = nn.Linear(config.hidden_size, self.num_heads)
        self.code = nn.Linear(self.num_heads * (DISPLACEMENTS + 2), config.hidden_size)
        self.value = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(
        self, onset: torch.Tensor, keys: torch.Tensor, queries: torch.Tensor, interest: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """
        Args:
            onset (`torch.Tensor` of shape `(batch, patches, hidden)`):
                Patch tokens of the first frame.
            keys (`torch.Tensor` of shape `(batch, 5, patches, displaced_size)`):
                The first frame's keys.
            queries (`torch.Tensor` of shape `(batch, pairs, patches, displaced_size)`):
                Undisplaced keys of the later frames.
            interest (`torch.Tensor` of shape `(batch, pairs, patches)`, *optional*):
                Gate of the result.

        Returns:
            `(context, diagonal)` of shapes `(batch, pairs, patches, hidden)` and `(batch, pairs, heads, patches)`.
        """
        with torch.autocast(onset.device.type, enabled=False):
            tokens = onset.to(self.sharpness.weight.dtype)
            sharpness = (self.log_sharpness + self.sharpness(tokens)).clamp(-4, 9).exp()[:, None, None]
            staying = self.staying(tokens)[:, None, None]  # (B, 1, 1, N, heads)
            keys, queries = (x.unflatten(-1, (self.num_heads, -1)) for x in (keys[:, None], queries[:, :, None]))
            change = queries - keys[:, :, :1]  # (B, P, 1, N, heads, K)
            step = keys[:, :, 1:] - keys[:, :, :1]  # (B, 1, 4, N, heads, K)
            # |q - k_0|² - |q - k_d|², without the cancellation of two large numbers
            moved = sharpness * (2 * (step * change).sum(-1) - step.square().sum(-1))  # (B, P, 4, N, heads)
            attention = torch.cat([staying.expand_as(moved[:, :, :1]), moved], dim=2).softmax(dim=2)
            stayed, left, right, up, down = attention.unbind(dim=2)  # each (B, P, N, heads)
            features = torch.cat([stayed, left, right, up, down, right - left, down - up], dim=-1)
        context = self.code(features.to(onset.dtype)) * (1 + torch.tanh(self.value(onset)))[:, None]
        if interest is not None:
            context = context * interest[..., None].to(context.dtype)
        return context, stayed.transpose(2, 3)

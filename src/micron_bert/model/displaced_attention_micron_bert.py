"""Displaced attention: each patch of a later frame attends to its own place in the onset, shifted by sub-pixels."""

import torch
from torch import nn

from .attention_micron_bert import without_autocast
from .package_micron_bert import displaced_micro_attention

# luminance (ITU-R 601) of frames that were normalised with the mean and deviation of ImageNet
LUMINANCE = (0.299 * 0.229 / 0.226, 0.587 * 0.224 / 0.226, 0.114 * 0.225 / 0.226)
# a key consists of the window as it is, and of its change when the content moves to the right and down
PARTS = 3
# side of a neighbourhood in patches, whose displacement is estimated as one, and its initial weight in patches: less
# than their number, since neighbours share part of their noise
NEIGHBOURHOODS = {1: 1.0, 3: 3.0, 5: 5.0}
# features of a patch in each attention head: displacement x, y and the probability of none, for each neighbourhood;
# how well each direction is determined (aperture); the share of the change that no displacement explains
FEATURES = 3 * len(NEIGHBOURHOODS) + 4
# displacement, in steps of `displaced_step`, beyond which the estimate saturates
SATURATION = 8.0
# initial log sharpness (inverse temperature) of the first and the last head: a low one averages noise out, a high one
# resolves small displacements
SHARPNESS = (1.0, 5.0)


def derivative_kernels(step: float) -> torch.Tensor:
    """
    How a picture changes when its content moves by `step` pixels, to first order: kernels `(2, 1, 5, 5)` for a
    convolution, for a movement to the right and for one down.
    """
    line = torch.tensor([-1.0, 8.0, 0.0, -8.0, 1.0]) * (step / 12)  # minus the derivative, to fourth order
    kernels = torch.zeros(2, 1, 5, 5)
    kernels[0, 0, 2], kernels[1, 0, :, 2] = line, line
    return kernels


class MicronBertDisplacedKeys(nn.Module):
    """
    The window around each patch, and its change by a displacement, projected without a bias.

    On the second level and those above, windows of as many pixels show a frame of half the size each time: movements
    twice as large look alike there.
    """

    def __init__(self, config):
        super().__init__()
        self.patch_size, self.window = config.patch_size, config.displaced_window
        self.step, self.num_channels = config.displaced_step, config.num_channels
        size = config.displaced_size // config.displaced_levels
        self.projections = nn.ModuleList(
            nn.Linear(self.window**2, size, bias=False) for _ in range(config.displaced_levels)
        )
        self.register_buffer("kernels", derivative_kernels(self.step), persistent=False)
        self.register_buffer("luminance", self.channel_weights(), persistent=False)

    def channel_weights(self) -> torch.Tensor:
        """`(channels, 1, 1)`."""
        weights = LUMINANCE if self.num_channels == 3 else [1 / self.num_channels] * self.num_channels
        return torch.tensor(weights)[:, None, None]

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Frames `(M, channels, height, width)` to keys `(M, 3, patches, displaced_size)`."""
        # differences of a hundredth of a grey level count, so neither autocast nor half weights reach them
        with without_autocast(frames):
            grey = (frames.float() * self.luminance.float()).sum(dim=1, keepdim=True)
            keys = []
            for level, projection in enumerate(self.projections):
                if level:
                    grey = nn.functional.avg_pool2d(grey, 2)
                windows = self._windows(grey, self.patch_size >> level)
                keys.append(nn.functional.linear(windows, projection.weight.float()))
            return torch.cat(keys, dim=-1)

    @torch.no_grad()
    def _windows(self, grey: torch.Tensor, patch: int) -> torch.Tensor:
        """`(M, 1, height, width)` to `(M, 3, patches, window²)`."""
        change = nn.functional.conv2d(nn.functional.pad(grey, (2, 2, 2, 2), mode="replicate"), self.kernels.float())
        parts = torch.cat([grey, change], dim=1)
        parts = nn.functional.pad(parts, ((self.window - patch) // 2,) * 4, mode="replicate")
        return parts.unfold(2, self.window, patch).unfold(3, self.window, patch).flatten(4).flatten(2, 3)


class MicronBertDisplacedAttention(nn.Module):
    r"""
    Micro-attention whose rows run over displacements instead of over the other patches of the face.

    A row of the paper's attention is normalised over all patches, most of which look nothing like the one that asks;
    its diagonal says how unique a patch is, and is blind to a tenth of a pixel. Here the patch competes with itself,
    displaced by any small $d$, and by distance instead of by product:

    $$A_i(d) \propto \exp\left(-\tfrac{\tau_i}{2} \lVert q_i - k_i - d \cdot \nabla k_i \rVert^2
    - \tfrac{\lambda}{2} \lVert d \rVert^2\right)$$

    The norm of a key, which has nothing to do with movement, cancels. In $d$ this is a normal distribution, so the
    sum over all displacements is known in closed form. With $M = \tau \nabla k \nabla k^T$ and
    $b = \tau \nabla k (q - k)$ it peaks at $(M + \lambda)^{-1} b$, the displacement of Lucas and Kanade in a learned
    metric; and of a choice between all of them and none the diagonal gets

    $$\mathrm{diag}(A)_i = \sigma\left(s_i + \tfrac12 \log |M + \lambda| - \log \lambda
    - \tfrac12 b^T (M + \lambda)^{-1} b\right)$$

    The sharpness $\tau_i$ and the offset $s_i$ are predicted from the onset's token, so they adapt to noise. $M$ and
    $b$ add up over patches that move as one, so neighbourhoods are asked in the same way.
    """

    def __init__(self, config):
        super().__init__()
        self.num_heads = config.micro_attention_heads
        self.log_sharpness = nn.Parameter(self.initial_sharpness())
        self.log_prior = nn.Parameter(torch.zeros(self.num_heads))
        self.log_support = nn.Parameter(self.initial_support())
        self.sharpness = nn.Linear(config.hidden_size, self.num_heads, bias=False)
        self.staying = nn.Linear(config.hidden_size, self.num_heads)
        self.code = nn.Linear(self.num_heads * FEATURES, config.hidden_size)
        self.value = nn.Linear(config.hidden_size, config.hidden_size)

    def initial_sharpness(self) -> torch.Tensor:
        """Logarithms from the first head to the last, `(heads,)`."""
        # not by torch.linspace: once the library loaded any model, that one ignores the device of the context
        first, last = SHARPNESS
        return first + torch.arange(self.num_heads) * ((last - first) / max(self.num_heads - 1, 1))

    def initial_support(self) -> torch.Tensor:
        """Logarithm of the patches that each neighbourhood counts for, `(neighbourhoods, heads)`."""
        return torch.tensor([list(NEIGHBOURHOODS.values())]).log().T.repeat(1, self.num_heads)

    def forward(
        self,
        onset: torch.Tensor,
        keys: torch.Tensor,
        queries: torch.Tensor,
        interest: torch.Tensor | None,
        grid: tuple[int, int],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """
        Args:
            onset (`torch.Tensor` of shape `(batch, patches, hidden)`):
                Patch tokens of the first frame.
            keys (`torch.Tensor` of shape `(batch, 3, patches, displaced_size)`):
                The first frame's keys.
            queries (`torch.Tensor` of shape `(batch, pairs, 3, patches, displaced_size)`):
                Those of the later frames.
            interest (`torch.Tensor` of shape `(batch, pairs, patches)`, *optional*):
                Gate of the result.
            grid (`tuple[int, int]`):
                Rows and columns of patches.

        Returns:
            `(context, diagonal)` of shapes `(batch, pairs, patches, hidden)` and `(batch, pairs, heads, patches)`; the
            diagonal is the mean over the neighbourhoods.
        """
        with without_autocast(onset):
            # squares of inner products leave the range of float16, so all of this is float32 whatever the weights are
            tokens = onset.float()
            sharpness = nn.functional.linear(tokens, self.sharpness.weight.float())
            sharpness = (self.log_sharpness.float() + sharpness).clamp(-6, 9).exp()  # (B, N, heads)
            staying = nn.functional.linear(tokens, self.staying.weight.float(), self.staying.bias.float())
            keys, queries = keys.float(), queries.float()
            if displaced_micro_attention is not None and keys.is_cuda:  # one launch in place of some eighty
                prior = self.log_prior.float().clamp(-6, 6).exp()
                support = self.log_support.float().exp()
                features, diagonal = displaced_micro_attention(keys, queries, sharpness, staying, prior, support, grid)
            else:
                products = self._products(keys, queries) * sharpness[:, None, None]
                features, diagonal = self._attend(products, staying[:, None], grid)
        context = self.code(features.to(onset.dtype)) * (1 + torch.tanh(self.value(onset)))[:, None]
        if interest is not None:
            context = context * interest[..., None].to(context.dtype)
        return context, diagonal.transpose(2, 3)

    def _products(self, keys: torch.Tensor, queries: torch.Tensor) -> torch.Tensor:
        """Inner products `(batch, pairs, 6, patches, heads)`: the three of M, the two of b, and of the change."""
        keys, queries = (parts.unflatten(-1, (self.num_heads, -1)) for parts in (keys[:, None], queries))
        change = queries[:, :, 0] - keys[:, :, 0]  # (B, P, N, heads, K)
        # half-way between the frames: then the next order of the displacement cancels
        right, down = ((queries[:, :, part] + keys[:, :, part]) / 2 for part in (1, 2))
        pairs = ((right, right), (right, down), (down, down), (right, change), (down, change), (change, change))
        return torch.stack([(one * other).sum(-1) for one, other in pairs], dim=2)

    def _attend(
        self, products: torch.Tensor, staying: torch.Tensor, grid: tuple[int, int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Features `(batch, pairs, patches, heads * FEATURES)` and diagonal `(batch, pairs, patches, heads)`."""
        prior = self.log_prior.float().clamp(-6, 6).exp()
        batch_size, pairs = products.shape[:2]
        maps = products[:, :, :5].permute(0, 1, 4, 2, 3).flatten(0, 1).flatten(1, 2).unflatten(-1, grid)
        features, diagonals = [], []
        for number, side in enumerate(NEIGHBOURHOODS):
            around = products[:, :, :5]
            if side > 1:
                pooled = nn.functional.avg_pool2d(maps, side, 1, side // 2, count_include_pad=False)
                around = pooled.flatten(2).unflatten(1, (self.num_heads, 5)).unflatten(0, (batch_size, pairs))
                around = around.permute(0, 1, 3, 4, 2)  # (B, P, 5, N, heads)
            xx, xy, yy, x, y = (around * self.log_support[number].float().exp()).unbind(dim=2)
            xx, yy = xx + prior, yy + prior
            determinant = (xx * yy - xy * xy).clamp_min(1e-12)
            dx, dy = (yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant
            evidence = (dx * x + dy * y) / 2
            stayed = torch.sigmoid(staying + determinant.log() / 2 - prior.log() - evidence)
            length = (1 + (dx * dx + dy * dy) / SATURATION**2).sqrt()
            features += [dx / length, dy / length, stayed]
            diagonals.append(stayed)
            if side == 1:
                seen = prior / determinant
                features += [1 - seen * yy, seen * xy, 1 - seen * xx]
                features.append(torch.log1p((products[:, :, 5] - 2 * evidence).clamp_min(0)))
        return torch.cat(features, dim=-1), torch.stack(diagonals).mean(dim=0)

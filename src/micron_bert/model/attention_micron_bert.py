"""Attention of μ-BERT: self-attention within a frame, micro-attention between two frames, and patches of interest."""

from contextlib import nullcontext

import torch
from torch import nn
from transformers.activations import ACT2FN
from transformers.integrations import use_kernel_forward_from_hub
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

from .package_micron_bert import diagonal_micro_attention

# frames whose widest activation a CPU's cache holds at the published size; more are taken in turn when inferring
FRAMES_IN_CACHE = 2


def without_autocast(tensor: torch.Tensor):
    """A context without autocast for the device of a tensor; the meta device has no autocast."""
    return nullcontext() if tensor.device.type == "meta" else torch.autocast(tensor.device.type, enabled=False)


def eager_attention_forward(module, query, key, value, attention_mask, scaling, dropout=0.0, **kwargs):
    """Attention with its map materialised, for `output_attentions=True`."""
    weights = torch.matmul(query, key.transpose(2, 3)) * scaling
    if attention_mask is not None:
        weights = weights + attention_mask
    weights = nn.functional.softmax(weights, dim=-1, dtype=torch.float32).to(query.dtype)
    weights = nn.functional.dropout(weights, p=dropout, training=module.training)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), weights


class MicronBertSelfAttention(nn.Module):
    """Multi-head self-attention over the tokens of one frame, with a fused query-key-value projection."""

    def __init__(self, config, hidden_size: int, num_heads: int):
        super().__init__()
        self.config = config
        self.num_heads = num_heads
        self.scaling = (hidden_size // num_heads) ** -0.5
        self.is_causal = False
        self.qkv = nn.Linear(hidden_size, 3 * hidden_size)
        self.proj = nn.Linear(hidden_size, hidden_size)

    def forward(self, hidden_states: torch.Tensor, **kwargs) -> tuple[torch.Tensor, torch.Tensor | None]:
        batch_size, num_tokens, hidden_size = hidden_states.shape
        qkv = self.qkv(hidden_states).view(batch_size, num_tokens, 3, self.num_heads, hidden_size // self.num_heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each (B, A, 1 + N, K)
        attend = ALL_ATTENTION_FUNCTIONS.get_interface(self.config._attn_implementation, eager_attention_forward)
        kwargs |= {"dropout": 0.0, "scaling": self.scaling}
        if query.device.type == "cpu" and query.dtype != torch.float32:
            # half precision makes the matrix products of a CPU faster, and its attention slower
            with torch.autocast("cpu", enabled=False):
                context, weights = attend(self, query.float(), key.float(), value.float(), None, **kwargs)
            context = context.to(hidden_states.dtype)
        else:
            context, weights = attend(self, query, key, value, None, **kwargs)
        return self.proj(context.reshape(batch_size, num_tokens, hidden_size)), weights


def _may_take_turns(hidden_states: torch.Tensor) -> bool:
    """Whether a CPU infers from more frames than its cache holds; never in a graph, which would keep their number."""
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return False
    frames = hidden_states.shape[0]
    return hidden_states.device.type == "cpu" and frames > FRAMES_IN_CACHE and not torch.is_grad_enabled()


class MicronBertLayer(GradientCheckpointingLayer):
    """One pre-norm block of the encoder or the decoder."""

    def __init__(self, config, hidden_size: int, num_heads: int, intermediate_size: int):
        super().__init__()
        self.norm1 = nn.LayerNorm(hidden_size, eps=config.layer_norm_eps)
        self.attention = MicronBertSelfAttention(config, hidden_size, num_heads)
        self.norm2 = nn.LayerNorm(hidden_size, eps=config.layer_norm_eps)
        self.fc1 = nn.Linear(hidden_size, intermediate_size)
        self.activation = ACT2FN[config.hidden_act]
        self.fc2 = nn.Linear(intermediate_size, hidden_size)

    def forward(self, hidden_states: torch.Tensor, **kwargs) -> torch.Tensor:
        attended, _ = self.attention(self.norm1(hidden_states), **kwargs)
        hidden_states = hidden_states + attended
        if _may_take_turns(hidden_states):
            return torch.cat([self._feed_forward(part) for part in hidden_states.split(FRAMES_IN_CACHE)])
        return self._feed_forward(hidden_states)

    def _feed_forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        return hidden_states + self.fc2(self.activation(self.fc1(self.norm2(hidden_states))))


@use_kernel_forward_from_hub("DiagonalMicroAttention")
class DiagonalMicroAttention(nn.Module):
    """
    The diagonal of the attention between two frames, times the value (paper section 3.5).

    Free of parameters, so that a kernel from the Hub can take its place.
    """

    def __init__(self, scale: float, implementation: str | None = None):
        super().__init__()
        self.scale = scale
        self.implementation = implementation

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        interest: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """
        Args:
            query, key, value (`torch.Tensor` of shape `(batch, heads, patches, head_dim)`):
                Projections of the two frames' patches.
            interest (`torch.Tensor` of shape `(batch, patches)`, *optional*):
                Patch-of-interest scores that weigh the result.

        Returns:
            `(context, diagonal)` of shapes `(batch, heads, patches, head_dim)` and `(batch, heads, patches)`.
        """
        if diagonal_micro_attention is not None:
            return diagonal_micro_attention(
                query, key, value, interest=interest, scale=self.scale, implementation=self.implementation
            )
        own = (query.float() * key.float()).sum(-1) * self.scale  # (B, A, N)
        scores = torch.matmul(query, key.transpose(2, 3)).float() * self.scale
        diagonal = torch.exp(own - torch.logsumexp(scores, dim=-1)).to(value.dtype)
        gate = diagonal if interest is None else diagonal * interest[:, None].to(value.dtype)
        return gate[..., None] * value, diagonal


class MicronBertMicroAttention(nn.Module):
    """Micro-attention between the onset and each later frame, diagonal or full (paper section 3.5)."""

    def __init__(self, config):
        super().__init__()
        self.num_heads = config.micro_attention_heads
        self.query_is_later = config.micro_query == "later"
        self.is_full = config.micro_attention == "full"
        self.query = nn.Linear(config.hidden_size, config.hidden_size)
        self.key = nn.Linear(config.hidden_size, config.hidden_size)
        self.value = nn.Linear(config.hidden_size, config.hidden_size)
        self.proj = nn.Linear(config.hidden_size, config.hidden_size)
        scale = (config.hidden_size // config.micro_attention_heads) ** -0.5
        self.diagonal_attention = DiagonalMicroAttention(scale, config.micro_attention_implementation)

    def _heads(self, projected: torch.Tensor, pairs: int) -> torch.Tensor:
        """`(batch, frames or 1, patches, hidden)` to `(batch * pairs, heads, patches, head_dim)`."""
        batch_size, frames, patches, hidden = projected.shape
        split = projected.view(batch_size, frames, patches, self.num_heads, hidden // self.num_heads).transpose(2, 3)
        # the onset is projected once and shared by all later frames of the clip
        return split.expand(batch_size, pairs, *split.shape[2:]).flatten(0, 1)

    def forward(self, onset: torch.Tensor, later: torch.Tensor, interest: torch.Tensor | None):
        """
        Args:
            onset (`torch.Tensor` of shape `(batch, patches, hidden)`):
                Patch tokens of the first frame.
            later (`torch.Tensor` of shape `(batch, pairs, patches, hidden)`):
                Patch tokens of the later frames.
            interest (`torch.Tensor` of shape `(batch, pairs, patches)`, *optional*):
                Gate, diagonal attention only.

        Returns:
            `(context, diagonal, full_map)` of shapes `(batch, pairs, patches, hidden)`,
            `(batch, pairs, heads, patches)` and, for full attention, `(batch, pairs, heads, patches, patches)`.
        """
        batch_size, pairs, patches, hidden = later.shape
        onset = onset[:, None]
        asking, answering = (later, onset) if self.query_is_later else (onset, later)
        query = self._heads(self.query(asking), pairs)
        key = self._heads(self.key(answering), pairs)
        value = self._heads(self.value(onset), pairs)
        if self.is_full:
            scores = torch.matmul(query, key.transpose(2, 3)).float() * self.diagonal_attention.scale
            full_map = scores.softmax(dim=-1).to(value.dtype)
            context, diagonal = torch.matmul(full_map, value), full_map.diagonal(dim1=-2, dim2=-1)
            full_map = full_map.unflatten(0, (batch_size, pairs))
        else:
            gate = None if interest is None else interest.flatten(0, 1)
            (context, diagonal), full_map = self.diagonal_attention(query, key, value, gate), None
        context = self.proj(context.transpose(1, 2).reshape(batch_size, pairs, patches, hidden))
        return context, diagonal.unflatten(0, (batch_size, pairs)), full_map


def patches_of_interest(contextual_token: torch.Tensor, patch_tokens: torch.Tensor) -> torch.Tensor:
    """
    Similarity of each patch with the frame's contextual token, normalised over the patches (paper section 3.6).

    Args:
        contextual_token (`torch.Tensor` of shape `(..., hidden)`):
            CLS token of the frame.
        patch_tokens (`torch.Tensor` of shape `(..., patches, hidden)`):
            Its patch tokens.

    Returns:
        `torch.Tensor` of shape `(..., patches)`: softmax times the number of patches. With mean 1 instead of sum 1 the
        gate does not shrink what it weighs.
    """
    similarity = (patch_tokens * contextual_token[..., None, :]).sum(-1).float() * patch_tokens.shape[-1] ** -0.5
    return (similarity.softmax(dim=-1) * similarity.shape[-1]).to(patch_tokens.dtype)

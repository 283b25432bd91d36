"""μ-BERT without a head: an encoder over frames, and micro-attention between them (paper sections 3.3 and 3.5)."""

import torch
from torch import nn
from transformers.utils.output_capturing import capture_outputs

from .attention_micron_bert import MicronBertLayer, MicronBertMicroAttention, patches_of_interest
from .configuration_micron_bert import MicronBertConfig
from .displaced_attention_micron_bert import MicronBertDisplacedAttention, MicronBertDisplacedKeys
from .embeddings_micron_bert import MicronBertEmbeddings
from .outputs_micron_bert import MicronBertEncodedFrames, MicronBertModelOutput
from .pretrained_model_micron_bert import MicronBertPreTrainedModel


class MicronBertModel(MicronBertPreTrainedModel):
    """Encoder over all frames in one batch, then micro-attention between the onset and each later frame."""

    def __init__(self, config: MicronBertConfig):
        super().__init__(config)
        self.embeddings = MicronBertEmbeddings(config)
        self.layers = nn.ModuleList(
            MicronBertLayer(config, config.hidden_size, config.num_attention_heads, config.intermediate_size)
            for _ in range(config.num_hidden_layers)
        )
        self.norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        if config.micro_attention == "displaced":
            self.displaced_keys = MicronBertDisplacedKeys(config)
            self.micro_attention = MicronBertDisplacedAttention(config)
        else:
            self.micro_attention = MicronBertMicroAttention(config)
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        return self.embeddings.projection

    def encode_frames(self, pixel_values: torch.FloatTensor, **kwargs) -> MicronBertEncodedFrames:
        """
        Encodes each frame once.

        Args:
            pixel_values (`torch.FloatTensor` of shape `(batch, frames, 3, height, width)`):
                Normalised frames; sides in whole patches.

        Returns:
            [`MicronBertEncodedFrames`]: tokens `(batch, frames, 1 + patches, hidden)`, and keys where displaced
            micro-attention needs them.

        Raises:
            ValueError: another shape, or an attention mask, which μ-BERT does not have.
        """
        if pixel_values.ndim != 5:
            raise ValueError(
                "`pixel_values` must have the shape (batch, frames, channels, height, width), "
                f"got {tuple(pixel_values.shape)}."
            )
        mask = kwargs.pop("attention_mask", None)  # given by wrappers that know texts alone
        if mask is not None and not mask.all():
            raise ValueError("μ-BERT has no attention mask, every patch of every frame counts; leave it out.")
        batch_size, frames = pixel_values.shape[:2]
        hidden_states = self.embeddings(pixel_values.flatten(0, 1))
        for layer in self.layers:
            hidden_states = layer(hidden_states, **kwargs)
        hidden_states = self.norm(hidden_states)
        keys = None
        if self.config.micro_attention == "displaced":
            keys = self.displaced_keys(pixel_values.flatten(0, 1)).unflatten(0, (batch_size, frames))
        return MicronBertEncodedFrames(hidden_states.unflatten(0, (batch_size, frames)), keys)

    @capture_outputs(tie_last_hidden_states=False)
    def forward(
        self,
        pixel_values: torch.FloatTensor | None = None,
        encoded_frames: MicronBertEncodedFrames | None = None,
        grid: tuple[int, int] | None = None,
        **kwargs,
    ) -> MicronBertModelOutput:
        """
        Args:
            pixel_values (`torch.FloatTensor` of shape `(batch, frames, 3, height, width)`, *optional*):
                Frame 0 is the onset I_t, later frames are I_{t+δ}: the apex, or the clip's course. One frame alone
                gives its features and no micro-attention.
            encoded_frames (`MicronBertEncodedFrames`, *optional*):
                Frames that went through [`~MicronBertModel.encode_frames`] before, in place of `pixel_values`.
            grid (`tuple[int, int]`, *optional*):
                Rows and columns of patches; needed with `encoded_frames` of frames that are not square.

        Returns:
            [`MicronBertModelOutput`]: of a single frame `last_hidden_state` alone.

        Raises:
            ValueError: neither or both inputs are given, or a shape does not fit.
        """
        if (pixel_values is None) == (encoded_frames is None):
            raise ValueError("Give exactly one of `pixel_values` and `encoded_frames`.")
        if encoded_frames is None:
            encoded_frames = self.encode_frames(pixel_values, **kwargs)
            grid = tuple(side // self.config.patch_size for side in pixel_values.shape[-2:])
        hidden_states = encoded_frames.last_hidden_state
        output = MicronBertModelOutput(last_hidden_state=hidden_states)
        if hidden_states.shape[1] == 1:
            return output
        grid = grid or (int((hidden_states.shape[2] - 1) ** 0.5),) * 2
        onset, later = hidden_states[:, 0, 1:], hidden_states[:, 1:, 1:]
        output["interest"] = patches_of_interest(hidden_states[:, 1:, 0], later)
        gate = output.interest if self.config.interest_gate else None
        full_map = None
        if self.config.micro_attention == "displaced":
            keys = encoded_frames.displaced_keys
            context, diagonal = self.micro_attention(onset, keys[:, 0], keys[:, 1:], gate, grid)
        else:
            context, diagonal, full_map = self.micro_attention(onset, later, gate)
        output["micro_hidden_state"], output["micro_attention"] = context, diagonal
        agreement = diagonal.mean(dim=2)  # (B, T-1, N)
        if self.config.micro_attention == "displaced":
            micro_map = 1 - agreement  # the value itself says how likely a patch stayed
        else:
            micro_map = 1 - agreement / agreement.amax(dim=-1, keepdim=True)
        if gate is not None:
            micro_map = micro_map * gate / gate.amax(dim=-1, keepdim=True)
        output["micro_map"] = micro_map.unflatten(-1, grid)
        if full_map is not None:
            output["full_micro_attention"] = full_map
        return output


MicronBertModel.register_for_auto_class("AutoModel")

__all__ = ["MicronBertModel"]

"""Outputs of the μ-BERT models."""

from dataclasses import dataclass

import torch
from transformers.utils import ModelOutput


@dataclass
class MicronBertEncodedFrames(ModelOutput):
    """
    Frames after the encoder; pass them back as `encoded_frames` to pair them without encoding them again.

    Args:
        last_hidden_state (`torch.FloatTensor` of shape `(batch, frames, 1 + patches, hidden)`):
            Tokens, the contextual token first.
        displaced_keys (`torch.FloatTensor` of shape `(batch, frames, 3, patches, displaced_size)`, *optional*):
            Keys of displaced micro-attention.
    """

    last_hidden_state: torch.FloatTensor | None = None
    displaced_keys: torch.FloatTensor | None = None

    def select(self, frames) -> "MicronBertEncodedFrames":
        """The frames with these indices, in this order: `[onset, later, …]`, of every clip of the batch."""
        return MicronBertEncodedFrames(*(part[:, frames] for part in self.to_tuple()))

    @classmethod
    def stack(cls, clips: list["MicronBertEncodedFrames"]) -> "MicronBertEncodedFrames":
        """A batch of clips of equally many frames."""
        return cls(*(torch.cat(several) for several in zip(*(clip.to_tuple() for clip in clips), strict=True)))

    @classmethod
    def concatenate(cls, parts: list["MicronBertEncodedFrames"]) -> "MicronBertEncodedFrames":
        """One clip `(batch, frames of all parts, …)` of frames that were encoded in several calls, in their order."""
        return cls(*(torch.cat(several, dim=1) for several in zip(*(part.to_tuple() for part in parts), strict=True)))


@dataclass
class MicronBertModelOutput(ModelOutput):
    """
    Args:
        last_hidden_state (`torch.FloatTensor` of shape `(batch, frames, 1 + patches, hidden)`):
            Tokens of each frame, the contextual token first.
        micro_hidden_state (`torch.FloatTensor` of shape `(batch, frames - 1, patches, hidden)`, *optional*):
            Output of micro-attention between the onset and each later frame. None for a single frame, as all below.
        micro_attention (`torch.FloatTensor` of shape `(batch, frames - 1, heads, patches)`, *optional*):
            diag(A), how far each patch agrees with the same place in the other frame.
        interest (`torch.FloatTensor` of shape `(batch, frames - 1, patches)`, *optional*):
            Patch-of-interest scores S of the later frame, mean 1.
        micro_map (`torch.FloatTensor` of shape `(batch, frames - 1, rows, columns)`, *optional*):
            1 - diag(A) / max (displaced: 1 - diag(A)) in [0, 1], weighted by interest / max where the gate is on;
            1 = moved.
        full_micro_attention (`torch.FloatTensor` of shape `(batch, frames - 1, heads, patches, patches)`, *optional*):
            A itself, for `micro_attention="full"` alone.
        hidden_states (`tuple(torch.FloatTensor)`, *optional*):
            `num_hidden_layers + 1` tensors of shape `(batch * frames, 1 + patches, hidden)`.
        attentions (`tuple(torch.FloatTensor)`, *optional*):
            `num_hidden_layers` maps of shape `(batch * frames, heads, 1 + patches, 1 + patches)`; eager only.
    """

    last_hidden_state: torch.FloatTensor | None = None
    micro_hidden_state: torch.FloatTensor | None = None
    micro_attention: torch.FloatTensor | None = None
    interest: torch.FloatTensor | None = None
    micro_map: torch.FloatTensor | None = None
    full_micro_attention: torch.FloatTensor | None = None
    hidden_states: tuple[torch.FloatTensor, ...] | None = None
    attentions: tuple[torch.FloatTensor, ...] | None = None


@dataclass
class MicronBertForPreTrainingOutput(ModelOutput):
    """
    Args:
        loss (`torch.FloatTensor`): γ·L_r + β·L_agg (+ the weighted spread).
        reconstruction_loss (`torch.FloatTensor`):
            L_r, mean squared error to all patches of the onset; for the other objectives the share of the change that
            is not explained.
        agreement_loss (`torch.FloatTensor`): L_agg between the later frame's and its crop's contextual tokens.
        spread_loss (`torch.FloatTensor`): Hinge on the spread of contextual tokens over the batch; 0 when all differ.
        reconstruction (`torch.FloatTensor` of shape `(pairs, patches, patch_size**2 * 3)`):
            Rebuilt onset; by `objective` `"displacement"` the rebuilt later frame, by `"future"` its tokens
            `(pairs, patches, hidden)`.
        swap_mask (`torch.BoolTensor` of shape `(pairs, patches)`, *optional*):
            Patches that came from the later frame, where patches are swapped.
        crop_boxes (`torch.FloatTensor` of shape `(pairs, 4)`): left, top, right, bottom of the crop in [0, 1].
        micro_hidden_state, micro_attention, interest, micro_map, hidden_states, attentions:
            As in [`MicronBertModelOutput`], each pair of the input its own row.
    """

    loss: torch.FloatTensor | None = None
    reconstruction_loss: torch.FloatTensor | None = None
    agreement_loss: torch.FloatTensor | None = None
    spread_loss: torch.FloatTensor | None = None
    reconstruction: torch.FloatTensor | None = None
    swap_mask: torch.BoolTensor | None = None
    crop_boxes: torch.FloatTensor | None = None
    micro_hidden_state: torch.FloatTensor | None = None
    micro_attention: torch.FloatTensor | None = None
    interest: torch.FloatTensor | None = None
    micro_map: torch.FloatTensor | None = None
    hidden_states: tuple[torch.FloatTensor, ...] | None = None
    attentions: tuple[torch.FloatTensor, ...] | None = None


@dataclass
class MicronBertForVideoClassificationOutput(ModelOutput):
    """
    Args:
        loss (`torch.FloatTensor`, *optional*): Weighted sum of the losses below; None without labels.
        logits (`torch.FloatTensor` of shape `(batch, num_labels)`): Scores before softmax (or sigmoid).
        displacement (`torch.FloatTensor` of shape `(batch, frames - 1, 4, rows, columns)`, *optional*):
            Predicted movement of each patch in pixels: expression dx, dy, total dx, dy. Not from the pooled
            classifier.
        micro_map (`torch.FloatTensor` of shape `(batch, frames - 1, rows, columns)`):
            In [0, 1], 1 = moved. Positional classifier: the probability that the expression moved a patch. Pooled:
            micro-attention's own.
        action_unit_logits (`torch.FloatTensor` of shape `(batch, units)`, *optional*):
            Log-odds that each unit of `config.action_units` moved, where the model has such a head.
        action_unit_sides (`torch.FloatTensor` of shape `(batch, units, 3)`, *optional*):
            Logits of both sides, the left one, the right one (of the person), if it moved.
        action_unit_intensity (`torch.FloatTensor` of shape `(batch, units)`, *optional*):
            Positive, next to that of the other units, if it moved.
        label_loss (`torch.FloatTensor`, *optional*): Cross-entropy of the labels, binary for several labels at once.
        displacement_loss (`torch.FloatTensor`, *optional*): Mean squared error in units of `displacement_scale`.
        movement_loss, micro_attention_loss (`torch.FloatTensor`, *optional*):
            Cross-entropy of the moved patches, by the classifier and by the diagonal of displaced micro-attention.
        action_unit_loss (`torch.FloatTensor`, *optional*): Loss of the head for action units.
        micro_hidden_state, micro_attention, interest, hidden_states, attentions:
            As in [`MicronBertModelOutput`].
    """

    loss: torch.FloatTensor | None = None
    logits: torch.FloatTensor | None = None
    displacement: torch.FloatTensor | None = None
    micro_map: torch.FloatTensor | None = None
    action_unit_logits: torch.FloatTensor | None = None
    action_unit_sides: torch.FloatTensor | None = None
    action_unit_intensity: torch.FloatTensor | None = None
    label_loss: torch.FloatTensor | None = None
    displacement_loss: torch.FloatTensor | None = None
    movement_loss: torch.FloatTensor | None = None
    micro_attention_loss: torch.FloatTensor | None = None
    action_unit_loss: torch.FloatTensor | None = None
    micro_hidden_state: torch.FloatTensor | None = None
    micro_attention: torch.FloatTensor | None = None
    interest: torch.FloatTensor | None = None
    hidden_states: tuple[torch.FloatTensor, ...] | None = None
    attentions: tuple[torch.FloatTensor, ...] | None = None

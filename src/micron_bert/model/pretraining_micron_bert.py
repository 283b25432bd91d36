"""What μ-BERT learns without labels: the model around the encoder, and its loss (paper sections 3.4, 3.6 and 3.7)."""

import torch
from torch import nn
from transformers.utils import can_return_tuple

from .agreement_micron_bert import agreement_loss, crop_frames, draw_crop_boxes, spread_loss
from .configuration_micron_bert import MicronBertConfig
from .embeddings_micron_bert import sine_cosine_positions
from .encoder_micron_bert import MicronBertModel
from .objectives_micron_bert import (
    PIXEL_FLOOR,
    TOKEN_FLOOR,
    MicronBertDecoder,
    MicronBertPredictor,
    MicronBertTarget,
    unexplained,
)
from .outputs_micron_bert import MicronBertForPreTrainingOutput
from .pretrained_model_micron_bert import MicronBertPreTrainedModel
from .swapping_micron_bert import draw_swap_mask, patchify, swap_patches


class MicronBertForPreTraining(MicronBertPreTrainedModel):
    """
    What a model learns from pairs of frames without labels, by `config.objective`: to rebuild the onset from a mixture
    of both frames, given the later one (paper section 3.4), or to tell what changes from the onset to the later frame.
    """

    def __init__(self, config: MicronBertConfig):
        super().__init__(config)
        self.micron_bert = MicronBertModel(config)
        positions = sine_cosine_positions(config.decoder_hidden_size, config.grid_size)
        if config.objective == "future":
            self.predictor, self.target = MicronBertPredictor(config, positions), MicronBertTarget(config)
        else:
            self.decoder = MicronBertDecoder(config, positions)
        self.post_init()

    def follow(self, start: bool = False) -> None:
        """
        Moves the target of `objective` `"future"` towards the encoder; to be called after each step of the optimizer.

        Args:
            start (`bool`, defaults to `False`):
                Copies the encoder, before the first step.
        """
        if self.config.objective == "future":
            self.target.follow(self.micron_bert, 0.0 if start else self.config.target_decay)

    @classmethod
    def from_pretrained(cls, *args, **kwargs):
        """As in Transformers, which would let the target learn."""
        loaded = super().from_pretrained(*args, **kwargs)
        model = loaded[0] if isinstance(loaded, tuple) else loaded
        if model.config.objective == "future":
            model.target.requires_grad_(False)
        return loaded

    @can_return_tuple
    def forward(
        self,
        pixel_values: torch.FloatTensor,
        swap_mask: torch.BoolTensor | None = None,
        crop_boxes: torch.FloatTensor | None = None,
        generator: torch.Generator | None = None,
        **kwargs,
    ) -> MicronBertForPreTrainingOutput:
        """
        Args:
            pixel_values (`torch.FloatTensor` of shape `(batch, frames, 3, height, width)`):
                At least two frames; each later frame makes a pair with frame 0 (`pairs = batch * (frames - 1)`).
            swap_mask (`torch.BoolTensor` of shape `(pairs, patches)`, *optional*):
                Where the onset's patch is replaced by the later frame's; `swap_ratio` of them at random if left out.
                For `objective` `"swapping"` alone.
            crop_boxes (`torch.FloatTensor` of shape `(pairs, 4)`, *optional*):
                left, top, right, bottom in [0, 1] of the later frame's crop; random if left out.
            generator (`torch.Generator`, *optional*):
                Source of both draws, on the CPU.

        Returns:
            [`MicronBertForPreTrainingOutput`]: the loss and its parts, what was rebuilt, and what was drawn, so that
            the same call can be made again.

        Raises:
            ValueError: fewer than two frames, or a mask where nothing is swapped.
        """
        if pixel_values.ndim != 5 or pixel_values.shape[1] < 2:
            raise ValueError(
                "Pre-training needs `pixel_values` of shape (batch, at least 2 frames, channels, height, width), "
                f"got {tuple(pixel_values.shape)}."
            )
        config, pairs_per_clip = self.config, pixel_values.shape[1] - 1
        later = pixel_values[:, 1:].flatten(0, 1)
        onset = pixel_values[:, :1].expand(-1, pairs_per_clip, -1, -1, -1).flatten(0, 1)
        grid = tuple(side // config.patch_size for side in pixel_values.shape[-2:])
        first, swaps = onset, config.objective == "swapping"
        if swap_mask is not None and not swaps:
            raise ValueError(f"`swap_mask` goes with `objective` 'swapping', the model has {config.objective!r}.")
        if swaps:
            if swap_mask is None:
                swap_mask = draw_swap_mask(onset.shape[0], grid[0] * grid[1], config.swap_ratio, generator)
            swap_mask = swap_mask.to(onset.device)
            first = swap_patches(onset, later, swap_mask, config.patch_size)
        if crop_boxes is None:
            crop_boxes = draw_crop_boxes(onset.shape[0], config.crop_scale, generator)
        crop_boxes = crop_boxes.to(onset.device)

        output = self.micron_bert(torch.stack([first, later], dim=1), **kwargs | {"return_dict": True})
        hidden_states = output.micro_hidden_state[:, 0]
        # displaced micro-attention holds movement alone; the first frame's tokens hold appearance
        if config.micro_attention == "displaced" or not swaps:
            hidden_states = hidden_states + output.last_hidden_state[:, 0, 1:]
        reconstruction, reconstruction_loss = getattr(self, f"_{config.objective}")(hidden_states, onset, later, grid)

        total = config.reconstruction_weight * reconstruction_loss
        agreement = spread = None
        if config.agreement_weight > 0:
            contextual = output.last_hidden_state[:, 1, 0]
            crops = crop_frames(later, crop_boxes, max(1, config.grid_size // 2) * config.patch_size)
            of_crop = self.micron_bert.encode_frames(crops[:, None]).last_hidden_state[:, 0, 0]
            agreement, spread = agreement_loss(contextual, of_crop), spread_loss(contextual)
            total = total + config.agreement_weight * agreement + config.agreement_variance_weight * spread
        return MicronBertForPreTrainingOutput(
            loss=total,
            reconstruction_loss=reconstruction_loss,
            agreement_loss=agreement,
            spread_loss=spread,
            reconstruction=reconstruction,
            swap_mask=swap_mask,
            crop_boxes=crop_boxes,
            micro_hidden_state=output.micro_hidden_state,
            micro_attention=output.micro_attention,
            interest=output.interest,
            micro_map=output.micro_map,
            hidden_states=output.hidden_states,
            attentions=output.attentions,
        )

    def _swapping(self, hidden_states, onset, later, grid) -> tuple[torch.Tensor, torch.Tensor]:
        """The rebuilt onset, and L_r."""
        reconstruction, target = self.decoder(hidden_states, grid), patchify(onset, self.config.patch_size)
        if self.config.normalize_targets:
            target = (target - target.mean(-1, keepdim=True)) / (target.var(-1, keepdim=True) + 1e-6).sqrt()
        return reconstruction, nn.functional.mse_loss(reconstruction.float(), target.float())

    def _displacement(self, hidden_states, onset, later, grid) -> tuple[torch.Tensor, torch.Tensor]:
        """The rebuilt later frame, and the share of its change that is not explained."""
        # subtracted before anything rounds: the change is smaller than half precision resolves
        change, before = (patchify(frames, self.config.patch_size) for frames in (later - onset, onset))
        predicted = self.decoder(hidden_states, grid)
        return before + predicted, unexplained(predicted, change, PIXEL_FLOOR)

    def _future(self, hidden_states, onset, later, grid) -> tuple[torch.Tensor, torch.Tensor]:
        """The predicted tokens of the later frame, and the share of their change that is not explained."""
        before, after = self.target(torch.cat([onset, later])).chunk(2)
        predicted = self.predictor(hidden_states, grid)
        return before + predicted, unexplained(predicted, after - before, TOKEN_FLOOR)


MicronBertForPreTraining.register_for_auto_class("AutoModelForPreTraining")

__all__ = ["MicronBertForPreTraining"]

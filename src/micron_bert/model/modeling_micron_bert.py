"""μ-BERT: an encoder over frames, micro-attention between them, pre-training by blockwise swapping, recognition."""

import math
import os
from copy import deepcopy
from importlib import import_module

import torch
from torch import nn
from transformers import initialization as init
from transformers.conversion_mapping import register_checkpoint_conversion_mapping
from transformers.core_model_loading import WeightRenaming
from transformers.modeling_utils import PreTrainedModel
from transformers.utils import can_return_tuple
from transformers.utils.output_capturing import capture_outputs

from .action_units_micron_bert import TOGETHER, MicronBertActionUnitHead, action_unit_loss
from .attention_micron_bert import (
    MicronBertLayer,
    MicronBertMicroAttention,
    MicronBertSelfAttention,
    patches_of_interest,
)
from .configuration_micron_bert import MicronBertConfig
from .course_micron_bert import MicronBertCourseHead
from .displaced_attention_micron_bert import (
    MicronBertDisplacedAttention,
    MicronBertDisplacedKeys,
    derivative_kernels,
)
from .embeddings_micron_bert import MicronBertEmbeddings, sine_cosine_positions
from .heads_micron_bert import LOG_FLOOR, PooledClassifier, PositionalClassifier, label_loss
from .objectives_micron_bert import (
    PIXEL_FLOOR,
    SMALLEST,
    TOKEN_FLOOR,
    MicronBertDecoder,
    MicronBertPredictor,
    MicronBertTarget,
    MicronBertTokenDecoder,
    unexplained,
)
from .outputs_micron_bert import (
    MicronBertEncodedFrames,
    MicronBertForPreTrainingOutput,
    MicronBertForVideoClassificationOutput,
    MicronBertModelOutput,
)
from .pretraining_micron_bert import (
    agreement_loss,
    crop_frames,
    draw_crop_boxes,
    draw_swap_mask,
    patchify,
    spread_loss,
    swap_patches,
)
from .saving_micron_bert import CUSTOM_PIPELINES, RENAMED, copy_pipeline

# every folder carries the whole map, so that it loads through each Auto class without the package
AUTO_MAP = {
    "AutoConfig": "configuration_micron_bert.MicronBertConfig",
    "AutoModel": "modeling_micron_bert.MicronBertModel",
    "AutoModelForPreTraining": "modeling_micron_bert.MicronBertForPreTraining",
    "AutoModelForVideoClassification": "modeling_micron_bert.MicronBertForVideoClassification",
}

# layers of very different widths follow each other in what reads movement; one deviation does not fit all
FAN_IN = (MicronBertDisplacedAttention, PositionalClassifier, MicronBertCourseHead, MicronBertActionUnitHead)
register_checkpoint_conversion_mapping(
    MicronBertConfig.model_type,
    [WeightRenaming(before.replace(".", r"\."), today) for before, today in RENAMED.items()],
    overwrite=True,
)

CLASSIFIERS = {"pooled": PooledClassifier, "positional": PositionalClassifier}


class MicronBertPreTrainedModel(PreTrainedModel):
    """Base class of all μ-BERT models: initialisation, capabilities, and folders that load without the package."""

    config: MicronBertConfig
    config_class = MicronBertConfig
    base_model_prefix = "micron_bert"
    main_input_name = "pixel_values"
    input_modalities = ("video",)
    supports_gradient_checkpointing = True
    _no_split_modules = ["MicronBertEmbeddings", "MicronBertLayer"]
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_attention_backend = True
    _can_record_outputs = {"hidden_states": MicronBertLayer, "attentions": MicronBertSelfAttention}
    # losses are means over the batch already: the Trainer must not rescale them by the number of processes
    accepts_loss_kwargs = False

    @torch.no_grad()
    def _init_weights(self, module: nn.Module):
        super()._init_weights(module)
        if isinstance(module, FAN_IN):
            self._init_by_fan_in(module)
        if isinstance(module, MicronBertEmbeddings):
            init.trunc_normal_(module.cls_token, std=self.config.initializer_range)
            init.copy_(module.positions, sine_cosine_positions(self.config.hidden_size, self.config.grid_size))
        elif isinstance(module, MicronBertTokenDecoder):
            positions = sine_cosine_positions(self.config.decoder_hidden_size, self.config.grid_size)
            init.copy_(module.positions, positions)
            if self.config.objective != "swapping":  # changes are small, so a model begins by telling almost none
                init.normal_(module.out.weight, std=SMALLEST)
        elif isinstance(module, MicronBertDisplacedKeys):
            init.copy_(module.kernels, derivative_kernels(module.step))
            init.copy_(module.luminance, module.channel_weights())
            for projection in module.projections:
                init.normal_(projection.weight, std=1 / module.window)
        elif isinstance(module, MicronBertDisplacedAttention):
            init.zeros_(module.sharpness.weight)
            init.zeros_(module.log_prior)
            init.copy_(module.log_support, module.initial_support())
            init.copy_(module.log_sharpness, module.initial_sharpness())
        elif isinstance(module, PositionalClassifier):
            init.constant_(module.log_floor, LOG_FLOOR)
            init.copy_(module.displacement_scale, torch.tensor([float(s) for s in self.config.displacement_scale]))
        elif isinstance(module, MicronBertActionUnitHead):
            init.constant_(module.together, TOGETHER)
            init.copy_(module.calibration, torch.tensor([[1.0, 0.0]]).expand_as(module.calibration))

    @staticmethod
    def _init_by_fan_in(module: nn.Module):
        for layer in module.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                init.kaiming_uniform_(layer.weight, a=math.sqrt(5))

    def save_pretrained(self, save_directory, *args, **kwargs):
        self.config.auto_map = dict(AUTO_MAP)
        kwargs.setdefault("save_original_format", False)  # by the names that the weights have here
        return super().save_pretrained(save_directory, *args, **kwargs)

    def set_micro_attention_implementation(self, implementation: str | None):
        """
        Chooses how diagonal micro-attention is computed.

        Args:
            implementation (`str`, *optional*):
                `"triton"` (fused, CUDA), `"chunked"` (linear memory), `"eager"` (full map), or None for the best.
        """
        self.config.micro_attention_implementation = implementation
        self.config.validate_architecture()
        for module in self.modules():
            if isinstance(module, MicronBertMicroAttention):
                module.diagonal_attention.implementation = implementation


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


class MicronBertForVideoClassification(MicronBertPreTrainedModel):
    """Emotions (single label) or action units (multi label) of a pair of frames or a whole clip."""

    def __init__(self, config: MicronBertConfig):
        super().__init__(config)
        self.num_labels = config.num_labels
        self.micron_bert = MicronBertModel(config)
        self.classifier = CLASSIFIERS[config.classifier](config)
        self.course = MicronBertCourseHead(config) if config.course_hidden_size else None
        self.action_units = MicronBertActionUnitHead(config) if config.action_units else None
        self.post_init()

    def save_pretrained(self, save_directory, is_main_process=True, *args, push_to_hub=False, **kwargs):
        """As in Transformers; the pipeline's code is saved too."""
        self.config.custom_pipelines = deepcopy(CUSTOM_PIPELINES)
        hub = {name: kwargs.pop(name) for name in ("repo_id", "commit_message", "private") if name in kwargs}
        super().save_pretrained(save_directory, is_main_process, *args, **kwargs)
        if is_main_process and os.path.isdir(save_directory):
            copy_pipeline(save_directory, self.name_or_path)
        if push_to_hub:  # last, so that the pipeline's code is among what is uploaded
            self.push_to_hub(hub.pop("repo_id", os.path.basename(os.path.normpath(save_directory))), **hub)

    @can_return_tuple
    def forward(
        self,
        pixel_values: torch.FloatTensor | None = None,
        labels: torch.Tensor | None = None,
        displacement: torch.FloatTensor | None = None,
        action_units: torch.FloatTensor | None = None,
        encoded_frames: MicronBertEncodedFrames | None = None,
        grid: tuple[int, int] | None = None,
        **kwargs,
    ) -> MicronBertForVideoClassificationOutput:
        """
        Args:
            pixel_values, encoded_frames, grid:
                As for [`MicronBertModel`], at least two frames: the onset, then the apex or the clip's course.
            labels (`torch.LongTensor` of shape `(batch,)` or `torch.FloatTensor` of shape `(batch, num_labels)`):
                One class each, or 0/1 per label when `config.problem_type` is `"multi_label_classification"`.
            displacement (`torch.FloatTensor` of shape `(batch, frames - 1, 4, rows, columns)`, *optional*):
                True movement in pixels as in the output; the pooled classifier makes nothing of it.
            action_units (`torch.FloatTensor` of shape `(batch, units, 3)`, *optional*):
                Of each of `config.action_units` whether it moved (0 or 1), on which side (0 both, 1 left, 2 right) and
                how strongly next to the others; NaN where it is not known.

        Raises:
            ValueError: a single frame (there is no movement in one picture), labels of the wrong shape, or units for
                a model without a head for them.
        """
        kwargs["return_dict"] = True
        output = self.micron_bert(pixel_values, encoded_frames=encoded_frames, grid=grid, **kwargs)
        if output.micro_map is None:
            raise ValueError("Recognition needs at least two frames (onset and apex), got one.")
        said = self.classifier(output)
        losses = {} if displacement is None else self.classifier.losses(said, output, displacement)
        if labels is not None:
            losses["label"] = label_loss(said.logits, labels, self.config.problem_type)
        units = self._action_units(said)
        if action_units is not None:
            if units is None or action_units.shape != (*units.logits.shape, 3):
                expected = (
                    "no such head" if units is None else f"{len(self.config.action_units)} units, 3 numbers each"
                )
                raise ValueError(
                    f"`action_units` has the shape {tuple(action_units.shape)}; the model has {expected}."
                )
            losses["action_unit"] = action_unit_loss(units, action_units)
        weights = {**self.classifier.loss_weights, "action_unit": self.config.action_unit_weight}
        loss = sum(weights.get(name, 1.0) * part for name, part in losses.items()) if losses else None
        if loss is not None and "movement" not in losses and said.movement is not None:
            loss = loss + 0.0 * said.movement.float().sum()  # distributed training wants a gradient of every parameter
        return MicronBertForVideoClassificationOutput(
            loss=loss,
            logits=said.logits,
            displacement=said.displacement,
            micro_map=self.classifier.micro_map(said, output),
            action_unit_logits=units and units.logits,
            action_unit_sides=units and units.sides,
            action_unit_intensity=units and units.intensity,
            **{f"{name}_loss": loss for name, loss in losses.items()},
            micro_hidden_state=output.micro_hidden_state,
            micro_attention=output.micro_attention,
            interest=output.interest,
            hidden_states=output.hidden_states,
            attentions=output.attentions,
        )

    def _action_units(self, said):
        """Output of the head for action units, if there is one."""
        if self.action_units is None:
            return None
        return self.action_units(said, self.classifier.log_floor, self.classifier.displacement_scale)


MicronBertModel.register_for_auto_class("AutoModel")
MicronBertForPreTraining.register_for_auto_class("AutoModelForPreTraining")
MicronBertForVideoClassification.register_for_auto_class("AutoModelForVideoClassification")
MicronBertConfig.register_for_auto_class("AutoConfig")
if __package__ == "micron_bert.model":  # for a copy on the Hub, `auto_map` does it
    import_module(".auto", __package__).register_classes()

__all__ = [
    "MicronBertEncodedFrames",
    "MicronBertForPreTraining",
    "MicronBertForVideoClassification",
    "MicronBertModel",
    "MicronBertPreTrainedModel",
]

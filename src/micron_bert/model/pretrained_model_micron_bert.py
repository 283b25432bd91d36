"""What all μ-BERT models share: how weights begin, and how folders are saved so that they load without the package."""

import math

import torch
from torch import nn
from transformers import initialization as init
from transformers.conversion_mapping import register_checkpoint_conversion_mapping
from transformers.core_model_loading import WeightRenaming
from transformers.modeling_utils import PreTrainedModel

from .action_units_micron_bert import TOGETHER, MicronBertActionUnitHead, MirroredHalves
from .attention_micron_bert import MicronBertLayer, MicronBertMicroAttention, MicronBertSelfAttention
from .configuration_micron_bert import MicronBertConfig
from .course_micron_bert import MicronBertCourseHead
from .displaced_attention_micron_bert import (
    MicronBertDisplacedAttention,
    MicronBertDisplacedKeys,
    derivative_kernels,
)
from .embeddings_micron_bert import MicronBertEmbeddings, sine_cosine_positions
from .heads_micron_bert import LOG_FLOOR, PositionalClassifier
from .objectives_micron_bert import SMALLEST, MicronBertTokenDecoder
from .saving_micron_bert import RENAMED

# layers of very different widths follow each other in what reads movement; one deviation does not fit all
FAN_IN = (MicronBertDisplacedAttention, PositionalClassifier, MicronBertCourseHead, MirroredHalves)
register_checkpoint_conversion_mapping(
    MicronBertConfig.model_type,
    [WeightRenaming(before.replace(".", r"\."), today) for before, today in RENAMED.items()],
    overwrite=True,
)


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
            init.zeros_(module.side_calibration)

    @staticmethod
    def _init_by_fan_in(module: nn.Module):
        for layer in module.modules():
            if isinstance(layer, nn.Linear | nn.Conv2d):
                init.kaiming_uniform_(layer.weight, a=math.sqrt(5))

    def save_pretrained(self, save_directory, *args, **kwargs):
        # imported here, because that file imports this one; that this one names it puts every class into every folder
        from .modeling_micron_bert import AUTO_MAP

        self.config.auto_map = dict(AUTO_MAP)
        kind = type(self)
        if (
            kind.__bases__[0].__name__ == "FSDPModule"
        ):  # `fully_shard` made it of ours; torch's code would be saved instead
            ours = kind.__bases__[-1]
            kind.__module__, kind.__name__ = ours.__module__, ours.__name__
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


__all__ = ["MicronBertPreTrainedModel"]

"""Recognition: the encoder with a classifier, and with heads for the course of a film and for action units."""

import os
from copy import deepcopy

import torch
from transformers.utils import can_return_tuple

from .action_units_micron_bert import MicronBertActionUnitHead, action_unit_loss
from .configuration_micron_bert import MicronBertConfig
from .course_micron_bert import MicronBertCourseHead
from .encoder_micron_bert import MicronBertModel
from .heads_micron_bert import CLASSIFIERS, label_loss
from .outputs_micron_bert import MicronBertEncodedFrames, MicronBertForVideoClassificationOutput
from .pretrained_model_micron_bert import MicronBertPreTrainedModel
from .saving_micron_bert import CUSTOM_PIPELINES, copy_pipeline


class MicronBertForVideoClassification(MicronBertPreTrainedModel):
    """Emotions (single label) or action units (multi label) of a pair of frames or a whole clip."""

    # heads from before it told each unit's side by itself, as one that begins does
    _keys_to_ignore_on_load_missing = [r"^action_units\.side_calibration$"]

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

        Returns:
            [`MicronBertForVideoClassificationOutput`]: logits, displacements in pixels, micro map and action units,
            as far as the model has heads for them, and the loss where there is something to learn from.

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


MicronBertForVideoClassification.register_for_auto_class("AutoModelForVideoClassification")

__all__ = ["MicronBertForVideoClassification"]

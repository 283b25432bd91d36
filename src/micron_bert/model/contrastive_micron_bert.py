"""Labels by likeness: what moves in a clip and sets of attributes (action units, sides, valence) in one space."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, AutoModelForZeroShotImageClassification
from transformers import initialization as init
from transformers.utils import ModelOutput, can_return_tuple

from .action_units_micron_bert import MirroredHalves
from .configuration_micron_bert import MicronBertConfig
from .heads_micron_bert import ClipReadout, HeadOutput, PositionalClassifier
from .modeling_micron_bert import MicronBertModel, MicronBertPreTrainedModel
from .outputs_micron_bert import MicronBertEncodedFrames

PAD, UNKNOWN, NONE = "[PAD]", "[UNK]", "none"
VALENCES = ("negative", "positive", "surprise")
HIGHEST_SCALE = 100.0  # of the likeness, as in CLIP


def attribute_vocabulary(units: Sequence[str]) -> dict[str, int]:
    """
    The words of the text side by their ids: each unit as `4`, on one side of the person as `L4` and `R4`, valences,
    and `none` for a face at rest.
    """
    words = [PAD, UNKNOWN, NONE, *VALENCES, *(side + str(unit) for unit in units for side in ("", "L", "R"))]
    return {word: number for number, word in enumerate(words)}


@dataclass
class MicronBertForContrastiveLearningOutput(ModelOutput):
    """
    Args:
        loss (`torch.FloatTensor`, *optional*): [`contrastive_loss`]; with `return_loss` or `matches`.
        logits_per_video (`torch.FloatTensor` of shape `(clips, texts)`):
            Cosine likeness of each clip and each set of attributes, times the learned scale.
        logits_per_text (`torch.FloatTensor` of shape `(texts, clips)`): the same, transposed.
        video_embeds (`torch.FloatTensor` of shape `(clips, projection_dim)`): of length 1.
        text_embeds (`torch.FloatTensor` of shape `(texts, projection_dim)`): of length 1.
    """

    loss: torch.FloatTensor | None = None
    logits_per_video: torch.FloatTensor | None = None
    logits_per_text: torch.FloatTensor | None = None
    video_embeds: torch.FloatTensor | None = None
    text_embeds: torch.FloatTensor | None = None


class VideoTower(MirroredHalves):
    """From the positional classifier's patches to one embedding of the clip."""

    def __init__(self, config):
        super().__init__(config)
        self.clip = ClipReadout(2 * config.action_unit_hidden_size, config.projection_dim, config.action_unit_dropout)

    def forward(self, said: HeadOutput, log_floor: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        """Arguments as for [`MicronBertActionUnitHead`]; returns `(batch, projection_dim)`."""
        clips = tuple(said.patches.shape[:2])
        displacement = said.displacement.flatten(0, 1) / scale[:, None, None]
        features = self.read(said.patches.flatten(0, 1), displacement, log_floor)
        return self.clip(features.flatten(1).unflatten(0, clips))


class AttributeTower(nn.Module):
    """From a set of attributes, in any order, to its embedding: the sum of theirs, thought over once."""

    def __init__(self, config):
        super().__init__()
        width = config.projection_dim
        self.embedding = nn.Embedding(len(attribute_vocabulary(config.action_units)), width, padding_idx=0)
        self.norm = nn.LayerNorm(width, eps=config.layer_norm_eps)
        self.expand, self.contract = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.activation = nn.GELU()

    def forward(self, input_ids: torch.LongTensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        if (input_ids == 1).any():
            raise ValueError("`input_ids` has a word that is no attribute of this model; see `attribute_vocabulary`.")
        shown = input_ids != 0 if attention_mask is None else attention_mask
        total = (self.embedding(input_ids) * shown[..., None]).sum(dim=1)
        return total + self.contract(self.activation(self.expand(self.norm(total))))


class LanguageTower(nn.Module):
    """The text tower of a model such as CLIP or SigLIP, frozen, and a learned projection of its pooled output."""

    def __init__(self, config):
        super().__init__()
        fields = dict(config.text_config)
        text_config = AutoConfig.for_model(fields.pop("model_type"), **fields)
        self.model = AutoModel.from_config(text_config).requires_grad_(False)
        self.projection = nn.Linear(text_config.hidden_size, config.projection_dim)

    def forward(self, input_ids: torch.LongTensor, attention_mask: torch.Tensor | None = None) -> torch.Tensor:
        return self.projection(self.model(input_ids, attention_mask=attention_mask).pooler_output)


class MicronBertForContrastiveLearning(MicronBertPreTrainedModel):
    """
    Clips beside sets of attributes, by the likeness of their embeddings (as in CLIP, arXiv 2103.00020).

    The text side is a small learned embedding of the names of action units, or the text tower of another model
    (`config.text_model_name_or_path`). The encoder and the classifier are those of a recognition model; their features
    go in without their gradient.
    """

    # of the model that it started from
    _keys_to_ignore_on_load_unexpected = [r"^course\.", r"^action_units\."]

    def __init__(self, config: MicronBertConfig):
        super().__init__(config)
        if config.text_model_name_or_path and not config.text_config:
            named = AutoConfig.from_pretrained(config.text_model_name_or_path)
            config.text_config = getattr(named, "text_config", named).to_dict()
        if config.classifier != "positional" or not (config.action_units or config.text_config):
            raise ValueError("Contrastive learning needs `classifier` 'positional', and `action_units` for its words.")
        self.micron_bert = MicronBertModel(config)
        self.classifier = PositionalClassifier(config)
        self.video = VideoTower(config)
        self.text = LanguageTower(config) if config.text_config else AttributeTower(config)
        self.logit_scale = nn.Parameter(torch.tensor([float(config.logit_scale_init_value)]))
        self.post_init()

    @torch.no_grad()
    def _init_weights(self, module: nn.Module):
        super()._init_weights(module)
        if module is self:
            init.constant_(self.logit_scale, float(self.config.logit_scale_init_value))

    def load_text_model(self) -> None:
        """Gives the text tower the weights of `config.text_model_name_or_path`, for a model that is to be trained."""
        name = self.config.text_model_name_or_path
        if name is None:
            raise ValueError("There is no other text tower; set `text_model_name_or_path` in the configuration.")
        kind = self.text.model.config
        self.text.model = AutoModel.from_pretrained(name, config=kind).to(self.device).requires_grad_(False)

    def _towers(self, pixel_values, encoded_frames, grid, **kwargs) -> torch.Tensor:
        output = self.micron_bert(pixel_values, encoded_frames=encoded_frames, grid=grid, return_dict=True, **kwargs)
        if output.micro_map is None:
            raise ValueError("Likeness needs at least two frames (onset and apex), got one.")
        said = self.classifier(output)
        said = HeadOutput(said.logits, said.displacement.detach(), None, said.patches.detach())
        return self.embed(said)

    def embed(self, said: HeadOutput) -> torch.Tensor:
        """Embedding `(clips, projection_dim)` of length 1 from what the classifier made of clips."""
        return nn.functional.normalize(
            self.video(said, self.classifier.log_floor, self.classifier.displacement_scale), dim=-1
        )

    def get_video_features(
        self,
        pixel_values: torch.FloatTensor | None = None,
        encoded_frames: MicronBertEncodedFrames | None = None,
        grid: tuple[int, int] | None = None,
        **kwargs,
    ) -> torch.FloatTensor:
        """
        Embeddings of clips.

        Args:
            pixel_values, encoded_frames, grid: as for [`MicronBertModel`], two frames or more.

        Returns:
            `torch.FloatTensor` of shape `(clips, projection_dim)`: each of length 1.
        """
        return self._towers(pixel_values, encoded_frames, grid, **kwargs)

    def get_text_features(
        self, input_ids: torch.LongTensor, attention_mask: torch.Tensor | None = None
    ) -> torch.FloatTensor:
        """
        Embeddings of sets of attributes, or of sentences where another model's text tower reads them.

        Args:
            input_ids (`torch.LongTensor` of shape `(texts, words)`): of the model's tokenizer.
            attention_mask (`torch.Tensor` of shape `(texts, words)`, *optional*): 0 where there is no word.

        Returns:
            `torch.FloatTensor` of shape `(texts, projection_dim)`: each of length 1.
        """
        return nn.functional.normalize(self.text(input_ids, attention_mask), dim=-1)

    def likeness(self, video_embeds: torch.Tensor, text_embeds: torch.Tensor) -> torch.Tensor:
        """Cosine likeness times the learned scale, `(clips, texts)`."""
        return self.logit_scale.exp().clamp(max=HIGHEST_SCALE) * video_embeds @ text_embeds.T

    @can_return_tuple
    def forward(
        self,
        input_ids: torch.LongTensor,
        pixel_values: torch.FloatTensor | None = None,
        attention_mask: torch.Tensor | None = None,
        matches: torch.Tensor | None = None,
        return_loss: bool = False,
        encoded_frames: MicronBertEncodedFrames | None = None,
        grid: tuple[int, int] | None = None,
        **kwargs,
    ) -> MicronBertForContrastiveLearningOutput:
        """
        Args:
            input_ids, attention_mask: as for [`~MicronBertForContrastiveLearning.get_text_features`].
            pixel_values, encoded_frames, grid: as for [`~MicronBertForContrastiveLearning.get_video_features`].
            matches (`torch.BoolTensor` of shape `(clips, texts)`, *optional*):
                Which sets are true of which clip; several may be. Gives the loss.
            return_loss (`bool`, defaults to `False`):
                Gives the loss without `matches`: the n-th text is true of the n-th clip alone.
        """
        videos = self.get_video_features(pixel_values, encoded_frames, grid, **kwargs)
        texts = self.get_text_features(input_ids, attention_mask)
        logits = self.likeness(videos, texts)
        if matches is None and return_loss:
            if len(videos) != len(texts):
                raise ValueError(f"`return_loss` pairs clips and texts, got {len(videos)} and {len(texts)}.")
            matches = torch.eye(len(videos), dtype=torch.bool, device=logits.device)
        loss = None if matches is None else contrastive_loss(logits, matches)
        return MicronBertForContrastiveLearningOutput(loss, logits, logits.T, videos, texts)


def contrastive_loss(logits: torch.Tensor, matches: torch.Tensor) -> torch.Tensor:
    """
    Cross-entropy of the likeness in both directions, where each row may have several true columns, which share the
    probability (supervised contrast, arXiv 2004.11362, with the sum inside the logarithm).

    Args:
        logits (`torch.Tensor` of shape `(clips, texts)`): likeness times scale.
        matches (`torch.BoolTensor` of shape `(clips, texts)`): rows and columns without any match do not count.
    """
    matches, logits = matches.bool(), logits.float()
    return (_towards_columns(logits, matches) + _towards_columns(logits.T, matches.T)) / 2


def _towards_columns(logits: torch.Tensor, matches: torch.Tensor) -> torch.Tensor:
    some = matches.any(dim=1)
    true = logits.masked_fill(~matches, torch.finfo(logits.dtype).min).logsumexp(dim=1)
    return ((logits.logsumexp(dim=1) - true) * some).sum() / some.sum().clamp_min(1)


# the one Auto class of the library for likeness to texts
MicronBertForContrastiveLearning.register_for_auto_class("AutoModelForZeroShotImageClassification")
if __package__ == "micron_bert.model":  # for a copy on the Hub, `auto_map` does it
    AutoModelForZeroShotImageClassification.register(MicronBertConfig, MicronBertForContrastiveLearning, exist_ok=True)

__all__ = [
    "MicronBertForContrastiveLearning",
    "MicronBertForContrastiveLearningOutput",
    "attribute_vocabulary",
    "contrastive_loss",
]

"""Configuration of μ-BERT: the paper's model by default, others by name."""

from huggingface_hub.dataclasses import strict
from transformers.configuration_utils import PreTrainedConfig

from .architecture_micron_bert import check_architecture

_SMALL = {
    "agreement_variance_weight": 1.0,
    "micro_attention": "displaced",
    "micro_attention_heads": 8,
    "displaced_size": 128,
    "displaced_levels": 2,
    "classifier": "positional",
    "displacement_scale": (0.16, 0.28, 0.2, 0.34),
}
PRESETS = {
    "paper": {},  # the defaults
    "release": {"micro_attention": "full", "micro_query": "onset", "interest_gate": False},
    "small": _SMALL,
    # half the picture, so half the pixels wherever a length counts
    "tiny": {
        **_SMALL,
        "image_size": 112,
        "hidden_size": 96,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 384,
        "decoder_hidden_size": 96,
        "decoder_num_hidden_layers": 2,
        "decoder_num_attention_heads": 4,
        "decoder_intermediate_size": 384,
        "displaced_window": 16,
        "displaced_step": 0.2,
        "displacement_scale": (0.08, 0.14, 0.1, 0.17),
    },
}

# options of version 0.1 that nothing ever set, with the one value that a folder of that version can hold
GONE = {
    "attention_probs_dropout_prob": 0.0,
    "classifier_layers": 2,
    "crop_image_size": None,
    "hidden_dropout_prob": 0.0,
    "micro_attention_weight": 0.5,
    "movement_weight": 0.5,
    "qkv_bias": True,
    "readout_channels": 8,
}


@strict
class MicronBertConfig(PreTrainedConfig):
    r"""
    Configuration of a [`MicronBertModel`]. The defaults are the paper's model (arXiv 2304.03195): 224 px, patches of
    8 px, width 512, 4 layers. [`MicronBertConfig.preset`] gives the others.

    Args:
        image_size (`int`, defaults to 224):
            Height and width in pixels of the aligned face. Other sizes are accepted by the model at run time.
        patch_size (`int`, defaults to 8):
            Side of a square patch in pixels; divides `image_size`.
        num_frames (`int`, defaults to 2):
            Frames that stock video tooling should sample from a clip; the model itself takes any number.
        hidden_size, num_hidden_layers, num_attention_heads, intermediate_size (`int`):
            Width, depth, heads and MLP width of the encoder. `hidden_size` is divisible by 4 and by the heads.
        micro_attention (`str`, defaults to `"diagonal"`):
            `"diagonal"` keeps only the diagonal of the attention between two frames (paper section 3.5), `"full"` is
            the cross-attention of the published checkpoint. `"displaced"` lets each patch attend to its own place in
            the onset, displaced by any small amount; it needs registered frames.
        micro_query (`str`, defaults to `"later"`):
            Which frame asks: `"later"` as in the paper (query from the later frame, key from the onset) or `"onset"`
            as in the release (the other way round). The value is the onset's in both.
        micro_attention_heads (`int`, defaults to 1):
            Heads of micro-attention.
        displaced_window (`int`, defaults to 32):
            Side in pixels of the window that displaced micro-attention compares; at least `patch_size`, and even with
            it.
        displaced_step (`float`, defaults to 0.4):
            Unit of displacement in pixels, below 1. In 224 px this is .45 % of the distance between the eyes.
        displaced_size (`int`, defaults to 96):
            Width of its keys, divisible by its heads.
        displaced_levels (`int`, defaults to 1):
            Sizes of the frame that are compared: the frame itself, then each time half of it. The heads are shared
            out among the levels; a level sees displacements twice as large as the one before.
        interest_gate (`bool`, *optional*):
            Whether the patch-of-interest scores weigh micro-attention (paper section 3.6; the release has no such
            gate). Yes for diagonal and displaced attention when left out; the full map cannot have it.
        micro_attention_implementation (`str`, *optional*):
            `"triton"`, `"chunked"` or `"eager"`; the best for the device and the size when left out.
        decoder_hidden_size, decoder_num_hidden_layers, decoder_num_attention_heads, decoder_intermediate_size (`int`):
            Sizes of the decoder, used by pre-training alone.
        objective (`str`, defaults to `"swapping"`):
            What pre-training rebuilds. `"swapping"`: the onset from a mixture of both frames (paper section 3.4).
            `"displacement"`: the change to the later frame, in pixels, from the onset's tokens and the displacement
            that micro-attention tells. `"future"`: the change of the tokens of a slowly following encoder, from the
            same (MA2MI, arXiv 2405.16451). The losses of the last two are shares of the change of each pair.
        target_decay (`float`, defaults to 0.99):
            Share of its weights that the following encoder keeps at each step.
        swap_ratio (`float`, defaults to 0.5):
            Share r_s of the onset's patches that blockwise swapping takes from the later frame (paper section 3.4).
        normalize_targets (`bool`, defaults to `False`):
            Whether the pixels of each target patch are brought to zero mean and unit variance.
        reconstruction_weight, agreement_weight (`float`, default to 1.0):
            γ and β of the total loss (paper section 3.7).
        agreement_variance_weight (`float`, defaults to 0.0):
            Weight of a hinge that keeps the contextual tokens of different faces apart. The paper has none, and its
            agreement loss then collapses to a constant token.
        crop_scale (`tuple[float, float]`, defaults to `(0.4, 1.0)`):
            Smallest and largest side of the random crop of the agreement loss, relative to the frame.
        classifier (`str`, defaults to `"pooled"`):
            `"pooled"`: the paper's feature, micro-attention pooled with the interest scores. `"positional"`:
            micro-attention's output, shared among neighbours and read out per position; it predicts displacements.
        classifier_hidden_size (`int`, defaults to 128):
            Width of the layer between the flattened readout and the labels, in the positional classifier.
        classifier_dropout (`float`, defaults to 0.1):
            Dropout before the labels.
        displacement_weight (`float`, defaults to 1.0):
            Weight of the dense displacement loss when the true field is given.
        displacement_scale (`tuple[float, ...]`, defaults to `(0.08, 0.14, 0.1, 0.17)`):
            Standard deviation in pixels of (expression dx, dy, total dx, dy), which the loss brings to one.
        course_hidden_size (`int`, defaults to 0):
            Width of the course head, which detects expressions in some seconds of film; 0 for a model without it.
        course_labels (`tuple[str, ...]`, defaults to `("negative", "positive", "surprise")`):
            Classes of expressions of the course head.
        course_dilations (`tuple[int, ...]`, defaults to `(1, 2, 4, 8, 16, 1)`):
            Steps between the taps of its convolutions over time.
        course_ahead (`int`, defaults to 12):
            Steps of 0.04 s after a moment that its answer waits for.
        course_dropout (`float`, defaults to 0.15):
            Dropout in the course head.
        course_calibration (`tuple[tuple[float, float, float], ...]`, *optional*):
            For `micro` and `macro`: slope and intercept of the logistic curve from the logit of the head's score to
            the probability of an expression, and the threshold on that probability at strictness 0.5.
        action_units (`tuple[str, ...]`, defaults to `()`):
            Numbers of the action units that a head beside the classifier predicts, such as `("1", "2", "4")`. None: no
            such head. It needs a classifier that predicts displacements.
        action_unit_hidden_size (`int`, defaults to 128), action_unit_dropout (`float`, defaults to 0.2):
            Width of that head, and its dropout.
        action_unit_weight (`float`, defaults to 1.0):
            Weight of its loss.
        action_unit_gradient (`bool`, defaults to `False`):
            Whether its loss also reaches the classifier and the encoder.
        action_unit_thresholds (`tuple[float, ...]`, *optional*):
            For each unit the probability from which on it is said to have moved; 0.5 each when left out.
        projection_dim (`int`, defaults to 128), logit_scale_init_value (`float`, defaults to 2.6592):
            Of [`MicronBertForContrastiveLearning`]: size of the embeddings, and the logarithm that the scale of their
            likeness starts from.
        text_model_name_or_path (`str`, *optional*), text_config (`dict`, *optional*):
            A folder or Hub id of a model such as CLIP or SigLIP whose text tower reads the labels, in place of the
            small embedding of units; and the configuration of that tower, which is read from there when left out.

    Raises:
        ValueError: sizes or names that do not fit together, or an option that this version no longer has.
    """

    model_type = "micron_bert"
    # what a `Trainer` that scores keeps are the logits
    keys_to_ignore_at_inference = [
        "displacement", "micro_map", "action_unit_logits", "action_unit_sides", "action_unit_intensity",
        "label_loss", "displacement_loss", "movement_loss", "micro_attention_loss", "action_unit_loss",
        "micro_hidden_state", "micro_attention", "interest", "full_micro_attention",
        "reconstruction_loss", "agreement_loss", "spread_loss", "swap_mask", "crop_boxes",
    ]  # fmt: skip

    image_size: int = 224
    patch_size: int = 8
    num_channels: int = 3
    num_frames: int = 2
    hidden_size: int = 512
    num_hidden_layers: int = 4
    num_attention_heads: int = 4
    intermediate_size: int = 2048
    hidden_act: str = "gelu"
    layer_norm_eps: float = 1e-6
    initializer_range: float = 0.02

    micro_attention: str = "diagonal"
    micro_query: str = "later"
    micro_attention_heads: int = 1
    displaced_window: int = 32
    displaced_step: float | int = 0.4
    displaced_size: int = 96
    displaced_levels: int = 1
    interest_gate: bool | None = None
    micro_attention_implementation: str | None = None

    decoder_hidden_size: int = 512
    decoder_num_hidden_layers: int = 4
    decoder_num_attention_heads: int = 4
    decoder_intermediate_size: int = 2048
    objective: str = "swapping"
    target_decay: float | int = 0.99
    swap_ratio: float | int = 0.5
    normalize_targets: bool = False
    reconstruction_weight: float | int = 1.0
    agreement_weight: float | int = 1.0
    agreement_variance_weight: float | int = 0.0
    crop_scale: list[float] | tuple[float, ...] = (0.4, 1.0)

    classifier: str = "pooled"
    classifier_hidden_size: int = 128
    classifier_dropout: float | int = 0.1
    displacement_weight: float | int = 1.0
    displacement_scale: list[float] | tuple[float, ...] = (0.08, 0.14, 0.1, 0.17)

    course_hidden_size: int = 0
    course_labels: list[str] | tuple[str, ...] = ("negative", "positive", "surprise")
    course_dilations: list[int] | tuple[int, ...] = (1, 2, 4, 8, 16, 1)
    course_ahead: int = 12
    course_dropout: float | int = 0.15
    course_calibration: list | tuple | None = None

    action_units: list[str] | tuple[str, ...] = ()
    action_unit_hidden_size: int = 128
    action_unit_dropout: float | int = 0.2
    action_unit_weight: float | int = 1.0
    action_unit_gradient: bool = False
    action_unit_thresholds: list | tuple | None = None

    projection_dim: int = 128
    logit_scale_init_value: float | int = 2.6592
    text_model_name_or_path: str | None = None
    text_config: dict | None = None

    @classmethod
    def preset(cls, name: str, **overrides) -> "MicronBertConfig":
        """
        A configuration by name.

        Args:
            name (`str`):
                `"paper"` (the defaults: diagonal attention, pooled classifier), `"release"` (as the authors' code and
                published checkpoint: full attention, no gate), `"tiny"` (the model in the package: 112 px, displaced
                attention, positional classifier) or `"small"` (the same at the published size).
            overrides:
                Any field, taking precedence over the preset.

        Raises:
            ValueError: `name` is no preset, or fields do not fit together.
        """
        if name not in PRESETS:
            raise ValueError(f"`preset` must be one of {', '.join(sorted(PRESETS))}, got {name!r}.")
        return cls(**{**PRESETS[name], **overrides})

    def __post_init__(self, **kwargs):
        for name, value in GONE.items():
            if kwargs.pop(name, value) != value:
                raise ValueError(f"`{name}` is no longer an option, and only models with {value!r} can be loaded.")
        if self.interest_gate is None:
            self.interest_gate = self.micro_attention != "full"
        if self.classifier == "bilinear":
            if not self.architectures or "MicronBertForVideoClassification" in self.architectures:
                raise ValueError(
                    "The classifier `bilinear` is gone since version 0.2. To keep a model's encoder, write `pooled` "
                    "or `positional` as `classifier` into its config.json, and fine-tune the new classifier."
                )
            self.classifier = "pooled"  # it was the default, so folders without any classifier name it
        super().__post_init__(**kwargs)

    @property
    def grid_size(self) -> int:
        """Patches along one side of the trained frame."""
        return self.image_size // self.patch_size

    def validate_architecture(self):
        """Raises `ValueError` where sizes or names do not fit together; called at construction, load and save."""
        check_architecture(self)


MicronBertConfig.register_for_auto_class("AutoConfig")

__all__ = ["MicronBertConfig"]

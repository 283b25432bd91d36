"""Options of the model."""

from dataclasses import dataclass

from micron_bert.arguments.number import check_bounds
from micron_bert.arguments.option import fields_of, option
from micron_bert.errors import InputError

PRESETS = ("paper", "release", "small", "tiny")  # of the configuration, which `--help` does not load

UNITS, CONTRAST = "action_units", "contrast"
PARTS = (UNITS, CONTRAST)  # of a model that can be trained alone


@dataclass
class ModelArguments:
    """
    Where the model comes from.

    Args:
        preset (`str`, defaults to `"tiny"`):
            Sizes by name, for a new model; see [`MicronBertConfig.preset`].
        checkpoint (`str`, *optional*):
            Folder or Hub id to start from: a pre-trained model (its encoder is kept, the head is new) or a recognition
            model (its head is kept where the labels are the same). `tiny` is the one that comes with the package.
            Takes the place of `preset`.
        config (`dict`, *optional*):
            Any field of [`MicronBertConfig`], over the preset or the checkpoint; JSON on the command line.
        train_only (`str`, *optional*):
            `action_units` trains the head for action units alone; everything else stays as the checkpoint has it.
            `contrast` makes a [`MicronBertForContrastiveLearning`] of a checkpoint with such a head, and trains what
            is new.
        passes (`int`, defaults to 1):
            Beside `train_only`: how often each pair, or its mirror image, is shown. From 2 on, what the rest of the
            model makes of a pair is computed once and kept in `output_dir` until the training is done.
    """

    _argument_group_name = "model"

    preset: str = option("tiny", f"sizes of a new model: {', '.join(PRESETS)}")
    checkpoint: str | None = option(None, "folder or Hub id to start from, or tiny (shipped); in place of a preset")
    config: dict | str | None = option(None, "any field of MicronBertConfig, as JSON: '{\"hidden_size\": 32}'")

    train_only: str | None = option(None, "action_units: train that head alone; contrast: likeness to sets of them")
    passes: int = option(1, "times that train_only shows each pair or its mirror image")

    def __post_init__(self):
        if self.train_only not in (None, *PARTS):
            raise InputError(f"`train_only` must be one of {', '.join(PARTS)}, got `{self.train_only}`.")
        if self.train_only and not self.checkpoint:
            raise InputError("`train_only` needs a `checkpoint` with trained weights; the rest stays as it is there.")
        check_bounds(self, {"passes": (1, None)})
        if self.passes > 1 and not self.train_only:
            raise InputError("`passes` is for a part that is trained alone; name it with `train_only`.")
        if self.preset not in PRESETS:
            raise InputError(f"`preset` must be one of {', '.join(PRESETS)}, got `{self.preset}`.")
        from micron_bert.model.configuration_micron_bert import MicronBertConfig

        self.config = fields_of("config", self.config, MicronBertConfig)

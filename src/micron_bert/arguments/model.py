"""What can be set of the model."""

from dataclasses import dataclass

from micron_bert.arguments.option import fields_of, option
from micron_bert.errors import InputError

PRESETS = ("paper", "release", "small", "tiny")  # of the configuration, which `--help` does not load


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
    """

    _argument_group_name = "model"

    preset: str = option("tiny", f"sizes of a new model: {', '.join(PRESETS)}")
    checkpoint: str | None = option(None, "folder or Hub id to start from, or tiny (shipped); in place of a preset")
    config: dict | str | None = option(None, "any field of MicronBertConfig, as JSON: '{\"hidden_size\": 32}'")

    def __post_init__(self):
        if self.preset not in PRESETS:
            raise InputError(f"`preset` must be one of {', '.join(PRESETS)}, got `{self.preset}`.")
        from micron_bert.model.configuration_micron_bert import MicronBertConfig

        self.config = fields_of("config", self.config, MicronBertConfig)

"""The model that training starts from."""

import logging
from pathlib import Path

from huggingface_hub.errors import StrictDataclassError
from transformers import set_seed
from transformers.utils import logging as transformers_logging

from micron_bert.arguments.model import ModelArguments
from micron_bert.checkpoints.download import checkpoint_folder
from micron_bert.checkpoints.inspection import inspect_numbers, inspect_processor, model_shapes, weight_shapes
from micron_bert.checkpoints.loading import reason_of
from micron_bert.checkpoints.names import SHIPPED, find_checkpoint
from micron_bert.errors import InputError
from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.model.image_processing_micron_bert import MicronBertImageProcessor
from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification

ENCODER = "micron_bert."  # how the names of its weights begin
logger = logging.getLogger(__name__)


def make_config(arguments: ModelArguments, **overrides) -> MicronBertConfig:
    """
    The configuration that the arguments describe.

    Args:
        arguments ([`ModelArguments`]):
            Preset or checkpoint, and fields over it.
        overrides:
            Fields over those.

    Raises:
        InputError: no such checkpoint, one of another model, or fields that do not fit together.
    """
    fields = {**(arguments.config or {}), **overrides}
    try:
        if arguments.checkpoint is None:
            return MicronBertConfig.preset(arguments.preset, **fields)
        stored, _ = MicronBertConfig.get_config_dict(find_checkpoint(arguments.checkpoint))
        kind = stored.get("model_type")
        if kind != MicronBertConfig.model_type:
            raise InputError(f"`{arguments.checkpoint}` holds a model of type `{kind}`; give a μ-BERT.")
        return MicronBertConfig.from_dict({**stored, **fields})
    except OSError as error:
        raise InputError(
            f"There is no model at `{arguments.checkpoint}`; give a folder with config.json and weights, a Hub id, "
            f"or `{SHIPPED}` for the one that comes with the package."
        ) from error
    except InputError:
        raise
    except (
        ValueError,
        TypeError,
        AttributeError,
        StrictDataclassError,
    ) as error:
        reason = " ".join(str(error.__cause__ or error).split())
        raise InputError(f"The model's configuration does not fit: {reason}") from error


def make_processor(arguments: ModelArguments, config: MicronBertConfig) -> MicronBertImageProcessor:
    """The image processor of the checkpoint, or a new one, for frames of the configuration's size."""
    size = {"height": config.image_size, "width": config.image_size}
    if arguments.checkpoint is not None:
        source = find_checkpoint(arguments.checkpoint)
        try:
            inspect_processor(Path(source))
            return MicronBertImageProcessor.from_pretrained(source, size=size)
        except OSError:
            logger.info("No image processor in `%s`; a new one is used.", arguments.checkpoint)
        except (ValueError, TypeError) as error:
            raise InputError(f"The image processor of `{arguments.checkpoint}` is damaged: {error}") from error
    return MicronBertImageProcessor(size=size)


def make_model(kind: type, arguments: ModelArguments, config: MicronBertConfig, seed: int):
    """
    A new model, or the checkpoint's weights as far as they fit.

    Args:
        kind (`type`):
            [`MicronBertForVideoClassification`] or [`MicronBertForPreTraining`].
        arguments ([`ModelArguments`]):
            Where the weights come from.
        config ([`MicronBertConfig`]):
            What [`make_config`] gave.
        seed (`int`):
            Of the weights that are new.

    Raises:
        InputError: the checkpoint is damaged, or its weights do not fit the configuration.
    """
    set_seed(seed)
    if arguments.checkpoint is None:
        return kind(config)
    try:
        source = checkpoint_folder(arguments.checkpoint)
    except (ValueError, TypeError, StrictDataclassError) as error:
        raise InputError(f"`{arguments.checkpoint}` cannot be loaded as a μ-BERT: {reason_of(error)}.") from error
    _inspect(source, kind, config)
    verbosity = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # it would list every tensor of the new head
    try:
        before = MicronBertConfig.from_pretrained(source)
        model, loading = kind.from_pretrained(
            source, config=config, ignore_mismatched_sizes=True, output_loading_info=True
        )
        inspect_numbers(model)
    except Exception as error:  # whatever stands in a foreign folder, it is the folder that is at fault
        raise InputError(f"`{arguments.checkpoint}` cannot be loaded as a μ-BERT: {reason_of(error)}") from error
    finally:
        transformers_logging.set_verbosity(verbosity)
    new = sorted(loading["missing_keys"]) + sorted(str(key[0]) for key in loading["mismatched_keys"])
    _refuse_others(arguments.checkpoint, [name for name in new if name.startswith(ENCODER)])
    if kind is MicronBertForVideoClassification and not new and before.id2label != config.id2label:
        # as many labels as before, but others: the last layer was trained for the old ones
        model.classifier.clip.out_proj.reset_parameters()
        new = ["classifier.clip.out_proj"]
    if kind is MicronBertForVideoClassification and list(before.action_units) != list(config.action_units):
        # as many units as before, but others: what was learned of the old ones says nothing of them
        if before.action_units and len(before.action_units) == len(config.action_units):
            model.action_units = type(model.action_units)(config)
            new = [*new, "action_units"]
    if kind is MicronBertForVideoClassification and config.course_hidden_size:
        model.course.requires_grad_(False)  # no loss of pairs reaches it
    if new:
        parts = sorted({name.split(".")[0] for name in new})
        logger.warning("Weights of `%s` are used, but new ones in: %s.", arguments.checkpoint, ", ".join(parts))
    return model


def _inspect(folder: Path, kind: type, config: MicronBertConfig) -> None:
    """Refuses weights of another encoder, or damaged ones, before memory is taken."""
    try:
        found = weight_shapes(folder)
    except InputError as error:
        raise InputError(f"`{folder}` cannot be loaded: {error}.") from error
    if not any(name.startswith(ENCODER) for name in found):  # of the encoder alone
        found = {ENCODER + name: shape for name, shape in found.items()}
    expected = {name: shape for name, shape in model_shapes(kind, config).items() if name.startswith(ENCODER)}
    layers = [name for name in found.keys() - expected.keys() if name.startswith(f"{ENCODER}layers.")]
    _refuse_others(folder, [name for name in expected if found.get(name) != expected[name]] + sorted(layers))


def _refuse_others(checkpoint, names: list[str]) -> None:
    if names:
        raise InputError(
            f"The weights in `{checkpoint}` do not fit the configuration (`{names[0]}`); leave the sizes as they are."
        )

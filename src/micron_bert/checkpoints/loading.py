"""Loading a fine-tuned model from a folder or the Hub, with refusals in one sentence."""

import os
from contextlib import contextmanager

from transformers.utils import logging

from micron_bert.checkpoints.download import checkpoint_folder
from micron_bert.checkpoints.inspection import inspect_folder, inspect_numbers
from micron_bert.checkpoints.names import SHIPPED, find_checkpoint
from micron_bert.errors import InputError
from micron_bert.model.image_processing_micron_bert import MicronBertImageProcessor
from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification


def load_checkpoint(
    model: str | os.PathLike | None = None,
) -> tuple[MicronBertForVideoClassification, MicronBertImageProcessor]:
    """
    Args:
        model (`str` or `os.PathLike`, *optional*):
            Folder or Hub id of a fine-tuned μ-BERT; `tiny`, the one that comes with the package, if left out.

    Raises:
        [`InputError`]: there is no such model, it is damaged or contradicts itself, it is another kind, or it has no
            trained classifier.
    """
    source = SHIPPED if model is None else os.fspath(model)
    place = find_checkpoint(source)
    try:
        folder = checkpoint_folder(place)
        inspect_folder(folder, MicronBertForVideoClassification)
        with _quiet():
            loaded, report = MicronBertForVideoClassification.from_pretrained(
                folder, output_loading_info=True, use_safetensors=True
            )
        if not any((folder / name).is_file() for name in ("preprocessor_config.json", "processor_config.json")):
            raise InputError("there is no `preprocessor_config.json` in it")
        processor = MicronBertImageProcessor.from_pretrained(folder)
        inspect_numbers(loaded)
    except Exception as error:  # whatever stands in a foreign folder, it is the folder that is at fault
        raise InputError(
            f"`{source}` cannot be loaded as a fine-tuned μ-BERT: {reason_of(error).rstrip('.')}."
        ) from error
    if loaded.config.model_type != "micron_bert" or report["missing_keys"]:
        lacking = sorted(report["missing_keys"])[:2]
        raise InputError(
            f"`{source}` is no fine-tuned μ-BERT (it lacks {', '.join(lacking)}, …); fine-tune it with "
            "`micron-bert finetune`, or leave `--model` out for the one that comes with the package."
        )
    return loaded, processor


def reason_of(error: Exception) -> str:
    """The message of a library's error in one line: its last, because the first may only name the check."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    line = lines[-1] if lines[0].endswith(":") else lines[0]
    return line.removeprefix("ValueError: ").removeprefix("TypeError: ")


@contextmanager
def _quiet():
    """Without the library's bar: loading takes a tenth of a second."""
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()

"""A checkpoint as a folder on this machine: looked at on the Hub before its weights are fetched."""

import math
from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import DryRunError
from huggingface_hub.utils import tqdm

from micron_bert.checkpoints.inspection import INDEX, LONGEST_JSON, WEIGHTS, inspect_settings, model_shapes
from micron_bert.checkpoints.names import find_checkpoint
from micron_bert.errors import InputError
from micron_bert.model.modeling_micron_bert import MicronBertForPreTraining, MicronBertForVideoClassification

KINDS = (MicronBertForPreTraining, MicronBertForVideoClassification)
SETTINGS = ["config.json", "preprocessor_config.json", INDEX]
SHARDS = "model-*-of-*.safetensors"
WIDEST = 8  # bytes of a number
HEADERS = 16 * 2**20  # bytes that may stand before the numbers


class _Silent(tqdm):
    """The bar of what takes no time."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options | {"disable": True})


def checkpoint_folder(model: str) -> Path:
    """
    The folder of a checkpoint: one on this machine, the one that comes with the package, or the Hub's in the cache.

    Of a Hub id the settings come first. Weights that are larger than these describe are not fetched.

    Args:
        model (`str`):
            Folder, `tiny` or Hub id.

    Raises:
        [`InputError`]: it cannot be had, or its weights do not belong to its settings.
        ValueError, TypeError: its settings describe what cannot be built.
    """
    folder = Path(find_checkpoint(model))
    if folder.exists():
        return folder
    sizes = _sizes(model)
    for name in SETTINGS:
        if sizes.get(name, 0) > LONGEST_JSON:
            raise InputError(f"{name} holds {sizes[name]} bytes, too many for settings")
    settings = _fetched(model, SETTINGS, tqdm_class=_Silent)
    _compare(settings, sum(size for name, size in sizes.items() if name not in SETTINGS))
    return _fetched(model, [*SETTINGS, WEIGHTS, SHARDS])


def _sizes(model: str) -> dict[str, int]:
    """Bytes of the files by their names; none where the Hub is out of reach, and the cache must do."""
    try:
        files = _asked(model, [*SETTINGS, WEIGHTS, SHARDS], dry_run=True, tqdm_class=_Silent)
    except DryRunError:
        return {}
    return {file.filename: file.file_size for file in files}


def _fetched(model: str, names: list[str], **options) -> Path:
    return Path(_asked(model, names, **options))


def _asked(model: str, names: list[str], **options):
    try:
        return snapshot_download(model, allow_patterns=names, **options)
    except DryRunError:
        raise
    except Exception as error:  # no such name, no connection, no permission
        reason = str(error).strip().splitlines()[0].rstrip(".:") if str(error).strip() else type(error).__name__
        raise InputError(f"it is no folder, and cannot be had from the Hub ({reason})") from error


def _compare(settings: Path, size: int) -> None:
    """Refuses weights of more bytes than any model of these settings has."""
    if not (settings / "config.json").is_file():
        raise InputError("there is no `config.json` in it")
    config = inspect_settings(settings)
    numbers = sum(math.prod(shape) for kind in KINDS for shape in model_shapes(kind, config).values())
    most = WIDEST * numbers + HEADERS
    if size > most:
        raise InputError(
            f"its weights have {size / 2**20:.0f} MiB, and config.json describes {most / 2**20:.0f} MiB at most; "
            "they are not fetched"
        )

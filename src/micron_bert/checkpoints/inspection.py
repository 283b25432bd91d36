"""Checks that the files of a checkpoint fit each other, before they take memory."""

import json
import math
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from micron_bert.errors import InputError
from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.model.saving_micron_bert import name_today

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
LONGEST_JSON = 16 * 2**20  # bytes
# what a step of an image processor needs
NEEDED = {"do_normalize": ("image_mean", "image_std"), "do_rescale": ("rescale_factor",), "do_resize": ("size",)}
LARGEST_SIDE = 4096  # pixels of a frame


def inspect_folder(folder: Path, kind: type) -> None:
    """
    Refuses a folder whose weights are not those that its settings describe.

    The headers of the weights are read, not the weights; the model is built without memory for them.

    Args:
        folder (`Path`):
            What `save_pretrained` wrote; one without `config.json` is left to who loads it.
        kind (`type`):
            The class of the model that will be loaded.

    Raises:
        [`InputError`]: a file is missing, damaged or leads out of the folder, or the files contradict each other.
    """
    if not (folder / "config.json").is_file():
        return
    config = inspect_settings(folder)
    found = weight_shapes(folder)
    expected = model_shapes(kind, config)
    later = kind._keys_to_ignore_on_load_missing or ()  # what weights from before lack, and a model begins with
    lacking = sorted(name for name in expected.keys() - found.keys() if not any(re.search(key, name) for key in later))
    if lacking:
        raise InputError(
            f"it lacks {', '.join(lacking[:2])}, …; fine-tune it with `micron-bert finetune`, or leave `--model` out "
            "for the one that comes with the package"
        )
    other = next((name for name in expected if found.get(name, expected[name]) != expected[name]), None)
    if other:
        raise InputError(f"`{other}` has the shape {found[other]}, and config.json asks for {expected[other]}")
    left = sorted(found.keys() - expected.keys())
    if left:
        raise InputError(f"config.json has no place for `{left[0]}`, which is among the weights")
    inspect_processor(folder)


def inspect_settings(folder: Path) -> MicronBertConfig:
    """
    The configuration in a folder.

    Raises:
        [`InputError`], `ValueError`, `TypeError`: it is damaged, or describes what cannot be built.
    """
    stored = _read_object(folder / "config.json")
    labels = stored.get("id2label")
    if labels is not None and not isinstance(labels, Mapping):
        raise InputError("`id2label` in config.json must map numbers to labels")
    if labels is not None and sorted(labels) != sorted(map(str, range(len(labels)))):
        raise InputError(f"`id2label` in config.json must number the labels from 0, not {', '.join(labels)}")
    names = list(labels.values()) if labels else []
    if not all(isinstance(name, str) and name.strip() for name in names) or len(set(names)) < len(names):
        raise InputError(f"`id2label` in config.json must give each label a name of its own, got {names}")
    if stored.get("model_type", "micron_bert") != "micron_bert":
        raise InputError(f"by its config.json it is a model of the type `{stored['model_type']}`, not `micron_bert`")
    dtype = stored.get("dtype", stored.get("torch_dtype"))
    if dtype is not None and not isinstance(getattr(torch, str(dtype), None), torch.dtype):
        raise InputError(f"`dtype` in config.json is `{dtype}`, which PyTorch does not have")
    return MicronBertConfig.from_dict(stored)


def model_shapes(kind: type, config: MicronBertConfig) -> dict[str, tuple[int, ...]]:
    """Shapes of a model's weights, without memory for them."""
    with torch.device("meta"):
        return {name: tuple(tensor.shape) for name, tensor in kind(config).state_dict().items()}


def weight_shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """
    Shapes of the weights in a folder, by their names, from the headers alone.

    Raises:
        [`InputError`]: there are none, or an index names a file outside the folder.
    """
    names = [WEIGHTS]
    if not (folder / WEIGHTS).is_file() and (folder / INDEX).is_file():
        places = _read_object(folder / INDEX).get("weight_map")
        if not isinstance(places, dict) or not all(isinstance(name, str) for name in places.values()):
            raise InputError(f"`weight_map` in {INDEX} must name a file for each tensor")
        names = sorted(set(places.values()))
        for name in names:
            if Path(name).name != name or "\\" in name or not name.endswith(".safetensors"):
                raise InputError(f"{INDEX} names `{name}`, which is no file of weights in the folder")
    shapes = {}
    for name in names:
        if not (folder / name).is_file():
            raise InputError(f"there is no `{name}` in it")
        try:
            with safe_open(folder / name, framework="pt") as file:  # it checks sizes and offsets against the file
                for key in file.keys():
                    part = file.get_slice(key)
                    if not re.match("B?F", part.get_dtype()):
                        raise InputError(
                            f"`{key}` among its weights holds {part.get_dtype()}, no floating-point numbers"
                        )
                    shapes[name_today(key)] = tuple(part.get_shape())
        except (SafetensorError, OSError) as error:
            raise InputError(f"`{name}` in it is damaged ({error})") from error
    return shapes


def inspect_tensors(path: Path, tensors: Mapping[str, object]) -> None:
    """
    Refuses weights in a PyTorch file that would take more memory than the file, or are of another kind.

    Raises:
        [`InputError`]: a name that is no text, an entry that is no dense tensor of floats, or one that is expanded.
    """
    for name, tensor in tensors.items():
        if not isinstance(name, str):
            raise InputError(f"`{path}` names a tensor `{name!r}`, which is no text.")
        if not isinstance(tensor, torch.Tensor):
            raise InputError(f"`{path}` holds an entry that is no tensor: `{name}`.")
        dense = tensor.layout == torch.strided and not tensor.is_meta and not tensor.is_quantized
        if not dense or not tensor.is_floating_point():
            raise InputError(f"`{name}` in `{path}` is no dense tensor of floating-point numbers.")
        if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
            raise InputError(
                f"`{name}` in `{path}` has the shape {tuple(tensor.shape)}, and the file has fewer numbers for it."
            )
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    if size > 2 * path.stat().st_size:
        raise InputError(f"The tensors in `{path}` repeat each other: {size} bytes of {path.stat().st_size}.")


def inspect_numbers(model: torch.nn.Module) -> None:
    """
    Refuses a model with weights that are no numbers, whose answers would be none.

    Raises:
        [`InputError`]: there is an infinity, or what is not a number.
    """
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise InputError(f"`{name}` among its weights holds what is not a number; get the model again")


def inspect_archive(path: Path) -> None:
    """
    Refuses a packed file that grows when it is unpacked; PyTorch packs nothing smaller than it is.

    Raises:
        [`InputError`]: it is damaged, or holds more than its size.
    """
    try:
        if not zipfile.is_zipfile(path):
            return
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except Exception as error:  # `zipfile` raises many kinds
        raise InputError(f"`{path}` is truncated or damaged; download it again.") from error
    if size > 2 * path.stat().st_size + 2**20:
        raise InputError(f"`{path}` unpacks to {size} bytes, many times its own; no PyTorch wrote it.")


def _read_object(path: Path) -> dict:
    if path.stat().st_size > LONGEST_JSON:
        raise InputError(f"{path.name} holds {path.stat().st_size} bytes, too many for settings")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is no JSON ({error})") from error
    if not isinstance(content, dict):
        raise InputError(f"{path.name} must hold names and values, not a {type(content).__name__}")
    return content


def inspect_processor(folder: Path) -> None:
    """
    Refuses settings of an image processor with which it would fail later.

    Raises:
        [`InputError`]: a size, a flag or a number that is none.
    """
    file = "preprocessor_config.json"
    if not (folder / file).is_file():
        return
    settings = _read_object(folder / file)
    for name in ("size", "crop_size", "pad_size"):
        sides = settings.get(name)
        sides = list(sides.values()) if isinstance(sides, dict) else [sides]
        for side in sides:
            if side is not None and (not _is_number(side) or side != int(side) or not 1 <= side <= LARGEST_SIDE):
                raise InputError(f"`{name}` in {file} must be whole pixels from 1 to {LARGEST_SIDE}, got {side!r}")
    for name, value in settings.items():
        if name.startswith("do_") and not isinstance(value, bool | None):
            raise InputError(f"`{name}` in {file} must be true or false, got {value!r}")
    for flag, names in NEEDED.items():
        lacking = [name for name in names if settings.get(name, 0) is None]
        if lacking and settings.get(flag, True):
            raise InputError(f"`{lacking[0]}` in {file} is empty, and `{flag}` needs it")
    for name in ("image_mean", "image_std"):
        values = settings.get(name)
        if values is None:
            continue
        values = values if isinstance(values, list) else [values]
        if len(values) not in (1, 3) or not all(_is_number(value) for value in values):
            raise InputError(f"`{name}` in {file} must be one number or three, got {settings[name]!r}")
        if name == "image_std" and min(values) <= 0:
            raise InputError(f"`{name}` in {file} must be above 0, got {settings[name]!r}")
    factor, resample = settings.get("rescale_factor"), settings.get("resample")
    if factor is not None and (not _is_number(factor) or factor <= 0):
        raise InputError(f"`rescale_factor` in {file} must be a number above 0, got {factor!r}")
    if resample is not None and (not _is_number(resample) or resample not in range(6)):
        raise InputError(f"`resample` in {file} must be a filter of PIL, 0 to 5, got {resample!r}")


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

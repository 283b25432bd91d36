"""The authors' released `.pth` file to a `save_pretrained` folder."""

import argparse
import os
import re
import shutil
import tempfile
from pathlib import Path

import torch
from huggingface_hub.errors import StrictDataclassError

from micron_bert.checkpoints.inspection import inspect_archive, inspect_tensors
from micron_bert.checkpoints.loading import reason_of
from micron_bert.errors import InputError
from micron_bert.model.configuration_micron_bert import MicronBertConfig
from micron_bert.model.image_processing_micron_bert import MicronBertImageProcessor
from micron_bert.model.modeling_micron_bert import MicronBertForPreTraining, MicronBertModel, sine_cosine_positions
from micron_bert.output_folder import check_output

# names in the release → names here; `(\d+)` is the layer
_BLOCK = {
    "norm1": "norm1",
    "norm2": "norm2",
    "attn.qkv": "attention.qkv",
    "attn.proj": "attention.proj",
    "mlp.fc1": "fc1",
    "mlp.fc2": "fc2",
}
_BACKBONE = {
    r"cls_token": "embeddings.cls_token",
    r"patch_embed\.proj\.(weight|bias)": r"embeddings.projection.\1",
    r"norm\.(weight|bias)": r"norm.\1",
    **{rf"blocks\.(\d+)\.{re.escape(old)}\.(weight|bias)": rf"layers.\1.{new}.\2" for old, new in _BLOCK.items()},
}
_REST = {
    r"att\.to_q\.(weight|bias)": r"micron_bert.micro_attention.query.\1",
    r"att\.to_k\.(weight|bias)": r"micron_bert.micro_attention.key.\1",
    r"att\.to_v\.(weight|bias)": r"micron_bert.micro_attention.value.\1",
    r"att\.proj\.(weight|bias)": r"micron_bert.micro_attention.proj.\1",
    r"decoder_embed\.(weight|bias)": r"decoder.embed.\1",
    r"decoder_norm\.(weight|bias)": r"decoder.norm.\1",
    r"decoder_pred\.(weight|bias)": r"decoder.to_pixels.\1",
    **{
        rf"decoder_blocks\.(\d+)\.{re.escape(old)}\.(weight|bias)": rf"decoder.layers.\1.{new}.\2"
        for old, new in _BLOCK.items()
    },
}
# fixed positions are computed; the student's encoder is the backbone; DINO's heads and centre belong to its loss alone
_DROPPED = "|".join(
    [
        r"((teacher\.)?backbone\.|decoder_)pos_embed",
        r"student\.backbone\..*",
        r"(student|teacher)\.head\..*",
        r"dino_loss_fn\.center",
    ]
)


def read_release(path: str | Path) -> tuple[dict[str, torch.Tensor], argparse.Namespace]:
    """
    Reads the release's checkpoint without unpickling anything but tensors and an `argparse.Namespace`.

    Args:
        path (`str` or `Path`):
            File saved as `{"model": state_dict, "args": Namespace, "epoch": int}`.

    Returns:
        The state dict with `module.` prefixes removed, and the arguments.

    Raises:
        InputError: the file is missing, is no such checkpoint, or holds other objects.
    """
    if not os.path.isfile(path):
        raise InputError(f"There is no checkpoint at `{path}`; give the path of the authors' `.pth` file.")
    inspect_archive(Path(path))
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds, with advice that is unsafe to follow
        forbidden = re.search(r"GLOBAL (\S+)", str(error))
        reason = f"it holds a `{forbidden[1]}`" if forbidden else "it is truncated or no PyTorch file"
        raise InputError(
            f"`{path}` cannot be read as a released μ-BERT checkpoint: {reason}; only tensors and "
            "`argparse.Namespace` are unpickled."
        ) from error
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        found = ", ".join(map(str, list(content)[:5])) if isinstance(content, dict) else type(content).__name__
        raise InputError(f"`{path}` is no released μ-BERT checkpoint: it has no entry `model` (found: {found}).")
    args = content.get("args")
    if not isinstance(args, argparse.Namespace):
        raise InputError(f"`{path}` has no `args`; the sizes that tensors do not tell (heads) cannot be known.")
    inspect_tensors(Path(path), content["model"])
    return {key.removeprefix("module."): value for key, value in content["model"].items()}, args


def rename(state: dict[str, torch.Tensor], encoder: str = "backbone") -> dict[str, torch.Tensor]:
    """
    Maps names of the release to names of [`MicronBertForPreTraining`].

    Args:
        state (`dict[str, torch.Tensor]`):
            From [`read_release`].
        encoder (`str`, defaults to `"backbone"`):
            Prefix of the encoder to keep: `"backbone"`, or `"teacher.backbone"` for DINO's teacher.

    Raises:
        InputError: keys that mean nothing here, each named.
    """
    renamed, unknown = {}, []
    other = "teacher.backbone." if encoder == "backbone" else "backbone."
    for key, value in state.items():
        if re.fullmatch(_DROPPED, key) or key.startswith(other):
            continue
        inside = key.removeprefix(f"{encoder}.")
        table, prefix = (_BACKBONE, "micron_bert.") if inside != key else (_REST, "")
        for pattern, name in table.items():
            if match := re.fullmatch(pattern, inside):
                renamed[prefix + match.expand(name)] = value
                break
        else:
            unknown.append(key)
    if unknown:
        shown = ", ".join(f"`{key}`" for key in unknown[:10]) + (" …" if len(unknown) > 10 else "")
        raise InputError(f"{len(unknown)} entries of the checkpoint have no place in μ-BERT: {shown}.")
    return renamed


def _count_layers(state: dict[str, torch.Tensor], prefix: str) -> int:
    return len({key.removeprefix(prefix).split(".")[0] for key in state if key.startswith(prefix)})


def config_of_release(state: dict[str, torch.Tensor], args: argparse.Namespace) -> MicronBertConfig:
    """
    All sizes from the file: tensors where they tell, arguments for heads and the kind of attention.

    The published file's arguments are those of `mae_vit_small_patch8`, which fixes sizes that it leaves out.
    """
    try:
        hidden, channels, patch, _ = state["backbone.patch_embed.proj.weight"].shape
        grid = round((state["backbone.pos_embed"].shape[1] - 1) ** 0.5)
        decoder = state["decoder_embed.weight"].shape[0] if "decoder_embed.weight" in state else hidden
        layer = "backbone.blocks.0.mlp.fc1.weight"
        intermediate = state[layer].shape[0]
        decoder_intermediate = state.get("decoder_blocks.0.mlp.fc1.weight", state[layer]).shape[0]
    except KeyError as error:
        raise InputError(f"The checkpoint lacks {error}; it is none of a released μ-BERT.") from error
    except (ValueError, IndexError) as error:  # another number of axes
        raise InputError(f"The checkpoint's tensors have other axes than a released μ-BERT ({error}).") from error
    sizes = dict(
        image_size=grid * patch,
        patch_size=patch,
        num_channels=channels,
        hidden_size=hidden,
        num_hidden_layers=_count_layers(state, "backbone.blocks."),
        num_attention_heads=getattr(args, "num_heads", 4),
        intermediate_size=intermediate,
        decoder_hidden_size=decoder,
        decoder_num_hidden_layers=_count_layers(state, "decoder_blocks."),
        decoder_num_attention_heads=getattr(args, "decoder_num_heads", 4),
        decoder_intermediate_size=decoder_intermediate,
        micro_attention="diagonal" if getattr(args, "diag_att", False) else "full",
        interest_gate=False,
    )
    try:
        return MicronBertConfig.preset("release", **sizes)
    except (ValueError, TypeError, StrictDataclassError) as error:
        raise InputError(f"The sizes of the checkpoint do not fit: {reason_of(error)}") from error


def convert(checkpoint: str | Path, output: str | Path, teacher: bool = False) -> Path:
    """
    Turns the released file into a folder that `from_pretrained` reads: encoder, micro-attention, decoder, processor.

    Args:
        checkpoint (`str` or `Path`):
            The authors' `.pth` file.
        output (`str` or `Path`):
            Folder to write; new or empty.
        teacher (`bool`, defaults to `False`):
            Also write `output/teacher`, a [`MicronBertModel`] with the encoder of DINO's teacher.

    Returns:
        The folder.

    Raises:
        InputError: unreadable file, entries that fit nowhere or are missing, an existing output.
    """
    output = check_output(output, [checkpoint], option="output")
    state, args = read_release(checkpoint)
    config = config_of_release(state, args)
    _check_positions(state, config)
    model = _filled(MicronBertForPreTraining(config), rename(state))
    size = {"height": config.image_size, "width": config.image_size}
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}.") as staging:
        folder = Path(staging) / "folder"
        model.save_pretrained(folder)
        MicronBertImageProcessor(size=size).save_pretrained(folder)
        if teacher:
            if not any(key.startswith("teacher.backbone.") for key in state):
                raise InputError(
                    f"`{checkpoint}` has no teacher (it was trained without DINO); leave `--teacher` out."
                )
            of_teacher = _filled(MicronBertForPreTraining(config), rename(state, "teacher.backbone")).micron_bert
            MicronBertModel.save_pretrained(of_teacher, folder / "teacher")
            MicronBertImageProcessor(size=size).save_pretrained(folder / "teacher")
        if output.exists():
            output.rmdir()
        shutil.move(folder, output)
    return output


def _check_positions(state: dict[str, torch.Tensor], config: MicronBertConfig):
    """Positions are computed here, so those of the file must be the fixed ones."""
    for key, width in (("backbone.pos_embed", config.hidden_size), ("decoder_pos_embed", config.decoder_hidden_size)):
        fixed = sine_cosine_positions(width, config.grid_size)
        if key in state and (state[key].shape != fixed.shape or not torch.allclose(state[key], fixed, atol=1e-5)):
            raise InputError(f"`{key}` of the checkpoint is not the fixed sine-cosine table; it cannot be kept.")


def _filled(model: MicronBertForPreTraining, state: dict[str, torch.Tensor]) -> MicronBertForPreTraining:
    try:
        missing = model.load_state_dict(state, strict=False).missing_keys
    except RuntimeError as error:
        raise InputError(
            f"Sizes in the checkpoint contradict each other: {str(error).splitlines()[-1].strip()}"
        ) from error
    if missing:
        raise InputError(f"The checkpoint lacks {len(missing)} entries, such as {', '.join(missing[:5])}.")
    return model.eval()

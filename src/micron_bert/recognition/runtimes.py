"""Which runtime computes a model: torch where it is installed, ONNX Runtime elsewhere and where it is asked for."""

import os
import re
from importlib.util import find_spec

from micron_bert.errors import InputError
from micron_bert.model.recognizer_micron_bert import Runtime

RUNTIMES = ("torch", "onnx")
DTYPES = ("float32", "bfloat16", "float16")


def open_runtime(
    model: str | os.PathLike | None = None,
    device: str | None = None,
    runtime: str | None = None,
    dtype: str | None = None,
    captured: bool = False,
) -> Runtime:
    """
    Args:
        model (`str` or `os.PathLike`, *optional*):
            Folder or Hub id of a fine-tuned μ-BERT; the one that comes with the package if left out.
        device (`str`, *optional*):
            Such as `"cuda"`; a GPU where there is one if left out. ONNX Runtime computes on the CPU.
        runtime (`str`, *optional*):
            `"torch"` or `"onnx"`; torch where it is installed if left out.
        dtype (`str`, *optional*):
            `"bfloat16"` or `"float16"`, of torch's matrix products; float32 if left out.
        captured (`bool`, defaults to `False`):
            Whether the calls for one frame of a stream are replayed as CUDA graphs; see [`CapturedCalls`].

    Raises:
        [`InputError`]: there is no such model, runtime, device or dtype.
        ImportError: the runtime is not installed.
    """
    if runtime not in (None, *RUNTIMES):
        raise InputError(f"`runtime` is `{runtime}`; choose `torch` or `onnx`.")
    if dtype not in (None, *DTYPES):
        raise InputError(f"`dtype` is `{dtype}`; choose one of {', '.join(DTYPES)}.")
    if (runtime or default_runtime()) == "torch":
        return _open_torch(model, device, dtype, captured)
    if dtype not in (None, "float32"):
        raise InputError(f"ONNX Runtime computes in float32, not in `{dtype}`; leave the dtype out, or use torch.")
    if device not in (None, "cpu"):
        raise InputError(f"ONNX Runtime computes on the CPU, not on `{device}`; leave the device out, or use torch.")
    from micron_bert.onnx.runtime import OnnxRuntime

    return OnnxRuntime.from_pretrained(model)


def default_runtime() -> str:
    """`"torch"` where torch and Transformers are installed, else `"onnx"`."""
    return "torch" if find_spec("torch") and find_spec("transformers") else "onnx"


def _open_torch(model: str | os.PathLike | None, device: str | None, dtype: str | None, captured: bool) -> Runtime:
    import torch

    from micron_bert.checkpoints.loading import load_checkpoint
    from micron_bert.model.runtime_micron_bert import TorchRuntime

    if device is None:
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        (torch.zeros(1, device=device) + 1).cpu()
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = re.split(r"[.;!]?(?:\s*\n|\.\s|!\s|$)", str(error).strip())[0]  # the first of many sentences
        raise InputError(
            f"The device `{device}` cannot be used here ({reason}); choose `cpu`, or leave it out."
        ) from error
    loaded, processor = load_checkpoint(model)
    wanted = None if dtype is None else getattr(torch, dtype)
    opened = TorchRuntime(loaded.to(device), processor, wanted, InputError)
    if captured:
        from micron_bert.recognition.captured_calls import CapturedCalls

        opened.captured = CapturedCalls(opened.device)
    return opened

"""Where each step from a film to an answer is computed, in what type of numbers, and why."""

from typing import NamedTuple

from micron_bert.model.recognizer_micron_bert import Runtime


class PlacedStep(NamedTuple):
    """A step, the device that computes it, and how or why there."""

    step: str
    device: str
    how: str

    def __str__(self) -> str:
        return f"{self.step}: {self.device}, {self.how}"


class Gpu(NamedTuple):
    """The GPU that torch would take, in a sentence; `capability` is `None` where there is none."""

    said: str
    capability: tuple[int, int] | None = None


def gpu_of() -> Gpu:
    """What torch knows of a GPU here."""
    try:
        import torch
    except ImportError:
        return Gpu("Without torch no GPU is used; ONNX Runtime computes on the processor.")
    if torch.version.cuda is None:
        return Gpu(f"torch {torch.__version__} is built without CUDA, so no GPU is used; install a build with it.")
    if not torch.cuda.is_available():
        return Gpu(f"torch {torch.__version__} finds no CUDA GPU here; check `nvidia-smi` and the driver.")
    found = torch.cuda.get_device_properties(0)
    size = found.total_memory / 2**30
    return Gpu(
        f"{found.name}, compute capability {found.major}.{found.minor}, {size:.0f} GiB, torch {torch.__version__} "
        f"with CUDA {torch.version.cuda}",
        (found.major, found.minor),
    )


def placement_of(runtime: Runtime) -> list[PlacedStep]:
    """Every step of recognition and spotting with a model that was opened."""
    from micron_bert.faces.network import Interpreter

    network = "OpenCV" if Interpreter is None else "LiteRT"
    before = [
        PlacedStep("decoding", "processor", "PyAV with FFmpeg's own threads"),
        PlacedStep("face models", "processor", f"{network}, one thread for each film; neither runs them on a GPU"),
        PlacedStep("crops and registration", "processor", "OpenCV, one thread for each film"),
    ]
    if not hasattr(runtime, "device"):
        return [*before, PlacedStep("encoder, pairs and course", "processor", "ONNX Runtime, float32")]
    where = "processor" if runtime.device.type == "cpu" else str(runtime.device)
    dtype = "float32" if runtime.dtype is None else str(runtime.dtype).removeprefix("torch.")
    frames = f"{runtime.ahead} frames of a film, {runtime.together} films at a time"
    if (runtime.ahead, runtime.together) == (1, 1):
        frames = "frame by frame"
    replayed = "" if runtime.captured is None else ", single frames as CUDA graphs"
    return [
        *before,
        PlacedStep("encoder", where, f"{dtype}, scaled dot-product attention of torch, {frames}{replayed}"),
        PlacedStep("micro-attention", where, micro_attention_of(runtime.model.config, runtime.device)),
        PlacedStep("course head", where, "float32"),
    ]


def micro_attention_of(config, device) -> str:
    """
    Which implementation of micro-attention a model takes on a device, and why.

    Args:
        config ([`MicronBertConfig`]): of the model.
        device (`torch.device`): on which it is.
    """
    kind = config.micro_attention
    if kind == "full":
        return "full map in torch: whoever asks for the whole map gets it"
    dtype = "float32" if kind == "displaced" else "the encoder's type, sums in float32"
    if device.type != "cuda":
        return f"{kind} in torch, {dtype}: the fused kernel needs an NVIDIA GPU"
    import torch

    from micron_bert.ops.dma import attention, displaced

    capability = torch.cuda.get_device_capability(device)
    fused = displaced.runs_displaced if kind == "displaced" else attention.runs_fused
    if fused is None:
        reason = (displaced if kind == "displaced" else attention).MISSING
        return f"{kind} in torch, {dtype}: {reason}"
    if capability < (8, 0):
        return f"{kind} in torch, {dtype}: the fused kernel needs compute capability 8.0, this GPU has {capability}"
    return f"{kind}, fused Triton kernel, {dtype}: compute capability {capability[0]}.{capability[1]}"

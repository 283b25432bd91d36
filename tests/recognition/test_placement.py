"""What is said of devices is what is done: precision by option, the same pixels on a GPU, graphs only there."""

import warnings

import numpy as np
import pytest
import torch
from skimage.data import astronaut

from micron_bert import MicronBertForVideoClassification, MicronBertImageProcessor
from micron_bert.cli.main import main
from micron_bert.errors import InputError
from micron_bert.faces import align_image
from micron_bert.model.runtime_micron_bert import TorchRuntime
from micron_bert.ops.variants import variants
from micron_bert.recognition import placement
from micron_bert.recognition.captured_calls import MOST, CapturedCalls
from micron_bert.recognition.placement import micro_attention_of, placement_of
from micron_bert.recognition.runtimes import open_runtime
from micron_bert.synthesis.example_clips import make_examples
from micron_bert.video.picture import read_image


def test_gpu_makes_the_pixels_that_the_processor_makes(mini_config):
    processor = MicronBertImageProcessor(size={"height": 32, "width": 32})
    runtime = TorchRuntime(MicronBertForVideoClassification(mini_config), processor)
    frames = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    expected = processor(list(frames), return_tensors="pt").pixel_values
    torch.testing.assert_close(runtime.normalised(torch.from_numpy(frames)), expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("capability, chip", [((9, 0), "H100"), ((8, 0), "A100"), ((12, 0), "RTX"), ((10, 0), "B200")])
def test_kernels_by_chip(capability, chip):
    told = variants(capability)
    assert chip in told[0] and any("bfloat16" in one and "heads of 512" in one for one in told)


def test_old_gpu_gets_no_kernel_and_hears_why(mini_config, monkeypatch):
    assert variants((7, 5)) == [one for one in variants((7, 5)) if "8.0" in one and "7.5" in one]
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    mini_config.micro_attention = "displaced"
    assert "compute capability 8.0, this GPU has (7, 5)" in micro_attention_of(mini_config, torch.device("cuda"))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    assert "fused Triton kernel, float32" in micro_attention_of(mini_config, torch.device("cuda"))


def test_gpu_is_named_and_its_absence_explained(monkeypatch):
    class Found:
        name, major, minor, total_memory = "NVIDIA H100", 9, 0, 80 * 2**30

    monkeypatch.setattr(torch.version, "cuda", "12.8")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "check `nvidia-smi`" in placement.gpu_of().said
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: Found)
    assert placement.gpu_of().capability == (9, 0) and "NVIDIA H100" in placement.gpu_of().said


def test_mistakes_of_precision_are_one_sentence():
    with pytest.raises(InputError, match="`dtype` is `int8`; choose one of float32, bfloat16, float16"):
        open_runtime(dtype="int8")
    with pytest.raises(InputError, match="ONNX Runtime computes in float32, not in `bfloat16`"):
        open_runtime(runtime="onnx", dtype="bfloat16")
    with pytest.raises(InputError, match="CUDA graphs need a CUDA GPU, not `cpu`"):
        open_runtime(device="cpu", captured=True)
    for device in ("meta", "mps", "banana", ""):
        if device == "mps" and torch.backends.mps.is_available():
            continue
        with pytest.raises(InputError, match=f"The device `{device}` cannot be used here .*; choose `cpu`") as refused:
            open_runtime(device=device)
        assert len(str(refused.value)) < 400
    if not torch.cuda.is_available():
        with pytest.raises(InputError, match="The device `cuda` cannot be used here"):
            open_runtime(device="cuda")


def test_half_precision_names_the_examples_as_float32_does():
    exact, mixed = open_runtime(device="cpu"), open_runtime(device="cpu", dtype="bfloat16")
    steps = {step.step: step for step in placement_of(mixed)}
    assert steps["encoder"].how.startswith("bfloat16") and "float32" in steps["micro-attention"].how
    still = align_image(astronaut(), exact.size).image
    pairs = [[read_image(path) for path in make_examples()[1]]]
    pairs = [[align_image(picture, exact.size).image for picture in pair] for pair in pairs]
    for part, step in ((slice(50, 80), 1), (slice(150, 190), 1), (slice(150, 190), -2)):
        later = still.copy()
        later[part] = np.roll(still[part], step, axis=0)
        pairs.append([still, later])
    named, moved = [], []
    for pair in pairs:
        told = [runtime.compare([runtime.encode(pair)]) for runtime in (exact, mixed)]
        named.append([int(one.logits[0].argmax()) for one in told])
        moved.append([np.linalg.norm(one.displacement[0, 0, :2], axis=0).mean() for one in told])
    assert all(one == other for one, other in named), named
    np.testing.assert_allclose(*np.transpose(moved), rtol=0.05, atol=0.02)


def test_spot_says_where_each_step_is_computed(monkeypatch, capsys, tmp_path):
    from micron_bert.cli.recognizer import add_arguments, open_recognizer

    class Options:
        model = device = None
        runtime, dtype, verbose = "onnx", None, True

    assert open_recognizer(Options).size
    assert "encoder, pairs and course: processor, ONNX Runtime" in capsys.readouterr().err
    assert add_arguments and main(["spot", "nowhere.mp4", "-v"]) == 2


class Graph:
    def replay(self):
        Replayed.count += 1


class Replayed:
    count = 0


def stand_in_for_cuda(monkeypatch, broken=False):
    """What a recording calls of `torch.cuda`; the work itself is done on the processor, once."""

    class Context:
        def __init__(self, *arguments):
            pass

        def __enter__(self):
            if broken:
                raise RuntimeError("operation not permitted when stream is capturing")

        def __exit__(self, *exception):
            return False

        def wait_stream(self, other):
            pass

    monkeypatch.setattr(torch.cuda, "Stream", Context)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: Context())
    monkeypatch.setattr(torch.cuda, "stream", lambda stream: Context() if not broken else _Fine())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", Context)


class _Fine:
    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False


def test_recordings_are_made_once_for_each_shape(monkeypatch):
    stand_in_for_cuda(monkeypatch)
    calls = CapturedCalls(torch.device("cuda"))
    runs = []
    Replayed.count = 0

    def double(tensor):
        runs.append(tensor.shape)
        return 2 * tensor

    for _ in range(3):
        assert calls("double", double, torch.ones(2)).shape == (2,)
    assert len(runs) == 4 and Replayed.count == 3  # three to warm up, one recorded; then it is only replayed
    for size in range(3, 3 + MOST):
        calls("double", double, torch.ones(size))
    assert len(calls.recordings) == MOST


def test_what_cannot_be_recorded_runs_as_usual_with_one_warning(monkeypatch):
    stand_in_for_cuda(monkeypatch, broken=True)
    calls = CapturedCalls(torch.device("cuda"))
    with pytest.warns(UserWarning, match="`double` runs without a CUDA graph.*not permitted"):
        assert calls("double", lambda tensor: 2 * tensor, torch.ones(2)).tolist() == [2, 2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert calls("double", lambda tensor: 2 * tensor, torch.ones(2)).tolist() == [2, 2]

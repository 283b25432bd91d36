"""Every class computes where its weights are: on a GPU that is not there, a tensor of the processor is an error."""

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from micron_bert import MicronBertConfig, MicronBertForPreTraining, MicronBertForVideoClassification, MicronBertModel
from micron_bert.model.runtime_micron_bert import TorchRuntime
from micron_bert.ops.dma import attention, displaced


@pytest.fixture
def gpu(monkeypatch):
    """Tensors without content on a GPU that is not there; kernels cannot be launched, so torch's path is taken."""
    monkeypatch.setattr(displaced, "runs_displaced", None)
    monkeypatch.setattr(attention, "runs_fused", None)
    with FakeTensorMode(), torch.no_grad():
        yield


def on_gpu(model):
    for module in model.modules():
        for name, value in module._parameters.items():
            if value is not None:
                empty = torch.empty(value.shape, dtype=value.dtype, device="cuda")
                module._parameters[name] = nn.Parameter(empty, requires_grad=False)
        for name, value in module._buffers.items():
            if value is not None:
                module._buffers[name] = torch.empty(value.shape, dtype=value.dtype, device="cuda")
    return model


def frames(*shape):
    return torch.empty(*shape, 3, 32, 32, device="cuda")


def all_on_gpu(output):
    tensors = [value for value in output.values() if isinstance(value, torch.Tensor)]
    assert tensors and all(tensor.device.type == "cuda" for tensor in tensors)


def test_the_check_sees_a_tensor_of_the_processor(mini_sizes, gpu):
    model = on_gpu(MicronBertModel(MicronBertConfig(**mini_sizes)))
    model.norm.bias = nn.Parameter(torch.zeros(32), requires_grad=False)
    with pytest.raises(RuntimeError, match="same device"):
        model(frames(1, 2))


@pytest.mark.parametrize("kind", ["diagonal", "displaced", "full"])
def test_model_and_pretraining(mini_sizes, gpu, kind):
    config = MicronBertConfig(**mini_sizes, micro_attention=kind)
    all_on_gpu(on_gpu(MicronBertModel(config))(frames(2, 3)))
    given = {"swap_mask": torch.ones(2, 16, dtype=torch.bool, device="cuda")}
    given["crop_boxes"] = torch.empty(2, 4, device="cuda")
    all_on_gpu(on_gpu(MicronBertForPreTraining(config).eval())(frames(2, 2), **given))


@pytest.mark.parametrize("objective", ["displacement", "future"])
def test_other_objectives(mini_sizes, gpu, objective):
    config = MicronBertConfig(**mini_sizes, micro_attention="displaced", objective=objective)
    boxes = torch.empty(2, 4, device="cuda")
    all_on_gpu(on_gpu(MicronBertForPreTraining(config).eval())(frames(2, 2), crop_boxes=boxes))


@pytest.mark.parametrize("classifier", ["pooled", "positional"])
def test_classification_with_losses(mini_sizes, gpu, classifier):
    heads = {"course_hidden_size": 16, "action_units": ("1", "2")} if classifier == "positional" else {}
    config = MicronBertConfig(**mini_sizes, micro_attention="displaced", classifier=classifier, num_labels=3, **heads)
    model = on_gpu(MicronBertForVideoClassification(config).eval())
    given = {"labels": torch.empty(2, dtype=torch.long, device="cuda")}
    if classifier == "positional":
        given["displacement"] = torch.empty(2, 2, 4, 4, 4, device="cuda")
        given["action_units"] = torch.empty(2, 2, 3, device="cuda")
    all_on_gpu(model(frames(2, 3), **given))
    if classifier == "positional":
        shapes = (1, 9, 4, 4, 4), (1, 9, 2, 4, 4), (1, 9, 3, 4)
        answer = model.course(*(torch.empty(shape, device="cuda") for shape in shapes))
        assert all(value.device.type == "cuda" for value in answer)


def test_runtime_normalises_and_encodes_where_the_frames_are(mini_config, gpu):
    from micron_bert import MicronBertImageProcessor

    model = on_gpu(MicronBertForVideoClassification(mini_config))
    runtime = TorchRuntime(model, MicronBertImageProcessor(size={"height": 32, "width": 32}))
    assert (runtime.ahead, runtime.together) == (16, 8)
    pixels = runtime.normalised(torch.empty(5, 32, 32, 3, dtype=torch.uint8, device="cuda"))
    encoded = runtime._encoded(pixels)
    assert pixels.shape == (1, 5, 3, 32, 32)
    all_on_gpu(encoded)
    all_on_gpu(model(encoded_frames=encoded))

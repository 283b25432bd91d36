"""
Every class computes where its weights are, and makes no tensor elsewhere.

A GPU is not needed for this: the meta device stands in for it, on which tensors have no content.
"""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from micron_bert import (
    MicronBertConfig,
    MicronBertForPreTraining,
    MicronBertForVideoClassification,
    MicronBertImageProcessor,
    MicronBertModel,
)
from micron_bert.model.runtime_micron_bert import TorchRuntime


class OnlyThere(TorchDispatchMode):
    """Refuses every operation that makes a tensor on another device."""

    def __torch_dispatch__(self, function, types, arguments=(), options=None):
        result = function(*arguments, **(options or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor) and tensor.device.type != "meta":
                raise RuntimeError(f"{function} makes a tensor on `{tensor.device}`")
        return result


@pytest.fixture
def gpu():
    with torch.no_grad():
        yield OnlyThere()


def on_gpu(model):
    return model.to("meta")


def frames(*shape):
    return torch.empty(*shape, 3, 32, 32, device="meta")


def all_on_gpu(output):
    tensors = [value for value in output.values() if isinstance(value, torch.Tensor)]
    assert tensors and all(tensor.device.type == "meta" for tensor in tensors)


@pytest.mark.parametrize("make", [lambda: torch.zeros(1, 1, 32), lambda: torch.tensor([1.0])[None]])
def test_the_check_sees_a_tensor_of_the_processor(mini_sizes, gpu, make):
    model = on_gpu(MicronBertModel(MicronBertConfig(**mini_sizes)))
    model.norm.forward = lambda states: states * make().mean().item()
    with gpu, pytest.raises(RuntimeError, match="makes a tensor on `cpu`"):
        model(frames(1, 2))


@pytest.mark.parametrize("kind", ["diagonal", "displaced", "full"])
def test_model_and_pretraining(mini_sizes, gpu, kind):
    config = MicronBertConfig(**mini_sizes, micro_attention=kind)
    model, pretraining = MicronBertModel(config), MicronBertForPreTraining(config).eval()
    with gpu:
        all_on_gpu(on_gpu(model)(frames(2, 3)))
        given = {"swap_mask": torch.ones(2, 16, dtype=torch.bool, device="meta")}
        given["crop_boxes"] = torch.empty(2, 4, device="meta")
        all_on_gpu(on_gpu(pretraining)(frames(2, 2), **given))


@pytest.mark.parametrize("objective", ["displacement", "future"])
def test_other_objectives(mini_sizes, gpu, objective):
    config = MicronBertConfig(**mini_sizes, micro_attention="displaced", objective=objective)
    model = MicronBertForPreTraining(config).eval()
    with gpu:
        boxes = torch.empty(2, 4, device="meta")
        all_on_gpu(on_gpu(model)(frames(2, 2), crop_boxes=boxes))


@pytest.mark.parametrize("classifier", ["pooled", "positional"])
def test_classification_with_losses(mini_sizes, gpu, classifier):
    heads = {"course_hidden_size": 16, "action_units": ("1", "2")} if classifier == "positional" else {}
    config = MicronBertConfig(**mini_sizes, micro_attention="displaced", classifier=classifier, num_labels=3, **heads)
    model = MicronBertForVideoClassification(config).eval()
    with gpu:
        given = {"labels": torch.empty(2, dtype=torch.long, device="meta")}
        if classifier == "positional":
            given["displacement"] = torch.empty(2, 2, 4, 4, 4, device="meta")
            given["action_units"] = torch.empty(2, 2, 3, device="meta")
        all_on_gpu(on_gpu(model)(frames(2, 3), **given))
        if classifier == "positional":
            shapes = (1, 9, 4, 4, 4), (1, 9, 2, 4, 4), (1, 9, 3, 4)
            answer = model.course(*(torch.empty(shape, device="meta") for shape in shapes))
            assert all(value.device.type == "meta" for value in answer)


def test_runtime_normalises_and_encodes_where_the_frames_are(mini_config, gpu):

    model = MicronBertForVideoClassification(mini_config)
    processor = MicronBertImageProcessor(size={"height": 32, "width": 32})
    with gpu:
        runtime = TorchRuntime(on_gpu(model), processor)
        pixels = runtime.normalised(torch.empty(5, 32, 32, 3, dtype=torch.uint8, device="meta"))
        encoded = runtime._encoded(pixels)
        assert pixels.shape == (1, 5, 3, 32, 32)
        all_on_gpu(encoded)
        all_on_gpu(model(encoded_frames=encoded))

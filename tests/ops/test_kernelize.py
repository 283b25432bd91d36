"""`kernelize` on a small model with a layer of the right name."""

import json
import shutil
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from micron_bert.errors import InputError
from micron_bert.ops.dma import diagonal_micro_attention_reference, layers
from micron_bert.ops.kernelize import kernelize

TORCH_EXT = Path(__file__).parents[2] / "kernels/diagonal-micro-attention/torch-ext/diagonal_micro_attention"


class Model(nn.Module):
    def __init__(self, layer_class):
        super().__init__()
        self.projection = nn.Linear(16, 16)
        self.attention = layer_class()

    def forward(self, frames):
        query = self.projection(frames)
        return self.attention(query, frames, query, torch.ones(len(frames), frames.shape[2]))


@pytest.fixture
def layer_class():
    class DiagonalMicroAttention(nn.Module):
        scale = 0.3

        def forward(self, query, key, value, interest=None):
            return diagonal_micro_attention_reference(query, key, value, interest, self.scale)

    return DiagonalMicroAttention


@pytest.fixture
def model(layer_class):
    torch.manual_seed(0)
    return Model(layer_class)


@pytest.fixture
def frames():
    return torch.randn(2, 1, 9, 16, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def folder(tmp_path):
    backend = "cpu" if torch.version.cuda is None else "cuda"  # of the build of torch, whatever hardware there is
    variant = tmp_path / "build" / f"torch-{backend}"
    shutil.copytree(TORCH_EXT, variant, ignore=shutil.ignore_patterns("__pycache__"))
    metadata = {
        "id": "_dma_local",
        "name": "diagonal-micro-attention",
        "version": 1,
        "license": "Apache-2.0",
        "python-depends": [],
        "backend": {"type": backend},
    }
    (variant / "metadata.json").write_text(json.dumps(metadata))
    return tmp_path


def gradients_of(model, frames):
    model.zero_grad()
    context, diagonal = model(frames)
    (context.square().sum() + diagonal.sum()).backward()
    return context, diagonal, model.projection.weight.grad.clone()


def test_installed_layer_takes_the_place_and_agrees(model, frames):
    expected = gradients_of(model, frames)
    assert kernelize(model) is model
    assert model.attention.forward.__func__ is layers.DiagonalMicroAttention.forward
    for actual, reference in zip(gradients_of(model, frames), expected, strict=True):
        torch.testing.assert_close(actual, reference)


def test_layer_of_a_local_repository_takes_the_place_and_agrees(model, frames, folder):
    expected = gradients_of(model, frames)
    kernelize(model, folder)
    source = sys.modules[model.attention.forward.__module__].__file__
    assert Path(source).is_relative_to(folder)
    for actual, reference in zip(gradients_of(model, frames), expected, strict=True):
        torch.testing.assert_close(actual, reference)


def test_hosts_choice_of_implementation_is_kept(model, frames, monkeypatch):
    kernelize(model)
    model.attention.implementation = "an unknown one"
    with pytest.raises(ValueError, match="an unknown one"):
        model(frames)


def test_torch_compile_keeps_the_models_own_forward(model, layer_class):
    from kernels import Mode

    kernelize(model, mode=Mode.TRAINING | Mode.TORCH_COMPILE)
    assert model.attention.forward.__func__ is layer_class.forward


def test_model_without_the_layer_is_refused():
    with pytest.raises(InputError, match="`Sequential` has no `DiagonalMicroAttention` layer"):
        kernelize(nn.Sequential(nn.Linear(2, 2)))


def test_missing_library_says_what_to_install(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "kernels", None)
    with pytest.raises(ImportError, match=r"pip install 'micron-bert\[kernels\]'"):
        kernelize(model)

"""The kernel's folder is one that the `kernels` library takes."""

import importlib.util
import sys

import pytest
import torch

from micron_bert.ops import diagonal_micro_attention
from micron_bert.publishing.kernel import stage_kernel


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return stage_kernel("org/tiny-kernel", tmp_path_factory.mktemp("staged") / "kernel")


@pytest.fixture
def inputs():
    return torch.randn(3, 2, 1, 9, 16, generator=torch.Generator().manual_seed(0))


def test_local_kernel_computes_what_the_package_does(repository, inputs):
    kernels = pytest.importorskip("kernels")
    if kernels.__file__ is None:
        pytest.skip("what is called `kernels` is the folder of this checkout, not the library")
    kernel = kernels.get_local_kernel(repository.folder)
    for mine, its in zip(kernel.diagonal_micro_attention(*inputs), diagonal_micro_attention(*inputs), strict=True):
        torch.testing.assert_close(mine, its)
    assert kernel.layers.DiagonalMicroAttention.has_backward


def test_checksums_are_those_of_the_library(repository):
    rust = pytest.importorskip("kernels._rust")
    identifiers = set()
    for variant in sorted((repository.folder / "build").iterdir()):
        metadata = rust.Metadata.read_from_file(variant / "metadata.json")
        metadata.digest.validate(rust.Digest.hash_variant(rust.DigestAlgorithm.SHA256, variant))
        assert str(metadata.backend.backend_type).lower() == variant.name.removeprefix("torch-")
        identifiers.add(metadata.id)
    assert len(identifiers) == 2
    assert repository.branches == ("main", "v1")


def test_loaders_that_look_one_folder_deeper_find_it(repository, inputs):
    path = repository.folder / "build" / "torch-cpu" / "diagonal_micro_attention" / "__init__.py"
    spec = importlib.util.spec_from_file_location("deeper_kernel", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["deeper_kernel"] = module
    spec.loader.exec_module(module)
    torch.testing.assert_close(module.diagonal_micro_attention(*inputs), diagonal_micro_attention(*inputs))


def test_card_names_the_repository(repository):
    card = (repository.folder / "README.md").read_text()
    assert 'get_kernel("org/tiny-kernel", version=1' in card and "micron-bert/diagonal" not in card

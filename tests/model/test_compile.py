"""`torch.compile` makes one graph of a forward, and one more at most for other sizes of batch and clip."""

import pytest
import torch
from torch._dynamo.testing import CompileCounter

from micron_bert import MicronBertConfig, MicronBertForPreTraining, MicronBertForVideoClassification


@pytest.fixture(autouse=True)
def fresh():
    torch.compiler.reset()
    yield
    torch.compiler.reset()


@pytest.fixture(params=["displaced", "diagonal"])
def config(request, mini_sizes, mini_config):
    if request.param == "diagonal":
        return mini_config
    return MicronBertConfig(
        **mini_sizes, classifier="positional", micro_attention="displaced", micro_attention_heads=2,
        displaced_size=16, displaced_window=16, displaced_levels=2, displaced_step=0.2, num_labels=3,
    )  # fmt: skip


def graphs(config, sizes, **options) -> int:
    torch.manual_seed(0)
    model = MicronBertForVideoClassification(config).eval()
    counter = CompileCounter()
    compiled = torch.compile(model, backend=counter, **options)
    with torch.no_grad():
        for batch, frames in sizes:
            clip = torch.randn(batch, frames, 3, 32, 32)
            torch.testing.assert_close(compiled(clip).logits, model(clip).logits, atol=1e-5, rtol=1e-4)
    return counter.frame_count


def test_pairs_of_all_batches_are_two_graphs(config):
    assert graphs(config, [(4, 2), (3, 2), (6, 2)]) <= 2


def test_courses_of_all_sizes_are_two_graphs(config):
    # torch itself convolves few frames otherwise than many
    assert graphs(config, [(2, 4), (3, 3), (5, 6)], dynamic=True) <= 2


def test_training_makes_one_graph(config):
    model = MicronBertForVideoClassification(config).train()
    counter = CompileCounter()
    compiled = torch.compile(model, backend=counter)
    for _ in range(2):
        compiled(torch.randn(2, 2, 3, 32, 32), labels=torch.tensor([0, 1])).loss.backward()
    assert counter.frame_count == 1


def test_pre_training_is_compiled(config):
    model = MicronBertForPreTraining(config).train()
    counter = CompileCounter()
    compiled = torch.compile(model, backend=counter)
    drawn = {"swap_mask": torch.rand(2, 16) < 0.5, "crop_boxes": torch.tensor([[0.1, 0.1, 0.8, 0.8]] * 2)}
    for _ in range(2):
        compiled(torch.randn(2, 2, 3, 32, 32), **drawn).loss.backward()
    assert counter.frame_count <= 2

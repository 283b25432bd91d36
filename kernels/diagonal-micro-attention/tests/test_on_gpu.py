"""What only a GPU can show: `pytest -m gpu`. The other tests of this folder run on it too, in bfloat16 as well."""

import pytest
import torch

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]


def make_leaves(shape, dtype=torch.bfloat16):
    torch.manual_seed(0)
    leaves = [torch.randn(shape, device="cuda", dtype=dtype) for _ in range(3)]
    leaves.append(torch.rand(shape[0], shape[2], device="cuda", dtype=dtype))
    return [tensor.requires_grad_() for tensor in leaves]


def results(function, leaves, **options):
    context, diagonal = function(*leaves, **options)
    slopes = torch.autograd.grad(context.float().square().sum() + diagonal.float().sum(), leaves)
    return context, diagonal, *slopes


def assert_close(actual, expected, tolerance):
    for result, reference in zip(actual, expected, strict=True):
        assert (result.double() - reference.double()).norm() <= tolerance * reference.double().norm()


@pytest.mark.parametrize("shape", [(2, 1, 784, 512), (2, 4, 785, 128), (1, 1, 3136, 512), (2, 2, 300, 320)], ids=str)
@pytest.mark.parametrize("dtype, tolerance", [(torch.bfloat16, 1e-2), (torch.float16, 2e-3), (torch.float32, 1e-5)])
def test_published_shapes_match_the_definition(dma, poisoned, shape, dtype, tolerance):
    leaves = make_leaves(shape, dtype)
    in_double = [tensor.detach().double().requires_grad_() for tensor in leaves]
    expected = results(dma.diagonal_micro_attention_reference, in_double)
    assert_close(results(dma.diagonal_micro_attention, leaves, implementation="triton"), expected, tolerance)


def test_fused_is_the_default(dma):
    context, _ = dma.diagonal_micro_attention(*make_leaves((1, 1, 64, 64)))
    assert "Fused" in context.grad_fn.name()


def test_compiles_into_one_graph_with_equal_results(dma):
    leaves = make_leaves((2, 2, 197, 64))
    compiled = torch.compile(dma.diagonal_micro_attention, fullgraph=True)
    assert_close(results(compiled, leaves), results(dma.diagonal_micro_attention, leaves), 1e-3)


def test_step_needs_hardly_more_memory_than_its_tensors(dma):
    leaves = make_leaves((16, 1, 784, 512))
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    others = torch.cuda.memory_allocated() - sum(tensor.nbytes for tensor in leaves)
    context, diagonal = dma.diagonal_micro_attention(*leaves)
    slopes = torch.ones_like(context), torch.ones_like(diagonal)
    gradients = torch.autograd.grad((context, diagonal), leaves, slopes)
    held = sum(tensor.nbytes for tensor in (*leaves, context, diagonal, *slopes, *gradients))
    assert torch.cuda.max_memory_allocated() - others <= 1.1 * held


@pytest.mark.parametrize("shape", [(70_000, 1, 3, 16), (35_000, 2, 17, 16), (1, 1, 16_384, 64)], ids=str)
def test_many_maps_and_long_rows(dma, shape):
    leaves = make_leaves(shape, torch.float16)
    expected = results(dma.diagonal_micro_attention, leaves, implementation="chunked")
    assert_close(results(dma.diagonal_micro_attention, leaves, implementation="triton"), expected, 2e-3)


def test_tensors_of_more_than_two_to_the_31_elements(dma):
    inputs = torch.randn(2**31 // (784 * 512) + 2, 1, 784, 512, device="cuda", dtype=torch.float16)
    context, diagonal = dma.diagonal_micro_attention(inputs, inputs, inputs, implementation="triton")
    last = inputs[-1:].contiguous()
    expected = dma.diagonal_micro_attention(last, last, last, implementation="triton")
    assert torch.equal(context[-1:], expected[0]) and torch.equal(diagonal[-1:], expected[1])


def test_autocast_and_checkpointing_train_a_projection(dma):
    projection = torch.nn.Linear(64, 3 * 64, device="cuda")
    frames = torch.randn(2, 100, 64, device="cuda")

    def forward(frames):
        query, key, value = projection(frames)[:, None].chunk(3, dim=-1)
        return dma.diagonal_micro_attention(query, key, value)

    def slope(function):
        projection.zero_grad()
        with torch.autocast("cuda", torch.bfloat16):
            context, diagonal = function(frames)
        (context.float().square().sum() + diagonal.float().sum()).backward()
        return projection.weight.grad.clone()

    expected = slope(forward)
    again = slope(lambda x: torch.utils.checkpoint.checkpoint(forward, x, use_reentrant=False))
    assert torch.equal(again, expected)


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two GPUs")
def test_tensors_on_another_than_the_current_gpu(dma):
    inputs = [tensor.detach() for tensor in make_leaves((1, 1, 65, 32))]
    expected = dma.diagonal_micro_attention(*inputs)
    actual = dma.diagonal_micro_attention(*(tensor.to("cuda:1") for tensor in inputs))
    assert torch.equal(actual[0].cpu(), expected[0].cpu())

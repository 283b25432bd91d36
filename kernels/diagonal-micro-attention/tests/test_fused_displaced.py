"""The fused kernels of displaced micro-attention against the definition, on a GPU or in Triton's interpreter."""

import os

import pytest
import torch

if not torch.cuda.is_available() and os.environ.get("TRITON_INTERPRET") != "1":
    pytest.skip("needs a GPU or TRITON_INTERPRET=1, set before Triton is imported", allow_module_level=True)

# (batch, pairs, heads, head_dim, rows, columns); the shipped model has 8 heads of 16 on 14 x 14 patches
CASES = [(1, 1, 1, 4, 1, 1), (2, 3, 2, 5, 3, 4), (1, 2, 8, 16, 14, 14), (1, 1, 2, 12, 5, 28), (2, 1, 3, 33, 9, 8)]
NAMES = ("keys", "queries", "sharpness", "staying", "prior", "support")


def make_inputs(case, device, moved=0.3):
    batch, pairs, heads, head_dim, rows, columns = case
    generator = torch.Generator().manual_seed(42)
    patches, width = rows * columns, heads * head_dim

    def draw(*shape):
        return torch.randn(*shape, generator=generator)

    keys = draw(batch, 3, patches, width)
    # later frames look much like the onset, as registered frames of a face do
    queries = keys[:, None] + moved * draw(batch, pairs, 3, patches, width)
    rates = [draw(batch, patches, heads).exp(), draw(batch, patches, heads), draw(heads).exp(), draw(3, heads).exp()]
    return [tensor.to(device) for tensor in (keys, queries, *rates)]


def run(function, inputs, grid, **options):
    """Outputs and the gradient of every input, by name."""
    leaves = [tensor.detach().requires_grad_() for tensor in inputs]
    outputs = function(*leaves, grid, **options)
    generator = torch.Generator().manual_seed(43)
    slopes = [torch.randn(output.shape, generator=generator).to(output) for output in outputs]
    torch.autograd.backward(outputs, slopes)
    features, diagonal = outputs
    gradients = {f"d{name}": leaf.grad for name, leaf in zip(NAMES, leaves, strict=True)}
    return {"features": features, "diagonal": diagonal, **gradients}


def assert_close(expected, actual, tolerance):
    for name, reference in expected.items():
        result = actual[name].double()
        assert result.isfinite().all(), f"{name} is not finite"
        error = (result - reference).square().mean().sqrt().item()
        size = reference.square().mean().sqrt().item()
        assert error <= tolerance * size, f"{name}: {error:.2e} of {size:.2e}"


@pytest.mark.kernels_ci
@pytest.mark.parametrize("case", CASES, ids=lambda case: "x".join(map(str, case)))
def test_outputs_and_gradients(dma, device, poisoned, case):
    inputs, grid = make_inputs(case, device), case[-2:]
    expected = run(dma.displaced_micro_attention_reference, [tensor.double() for tensor in inputs], grid)
    actual = run(dma.displaced_micro_attention, inputs, grid, implementation="triton")
    assert_close(expected, actual, 1e-5)


def test_nothing_moved(dma, device):
    """Equal frames: no displacement, and the diagonal is what noise and prior say."""
    keys, queries, *rates = make_inputs((1, 1, 2, 8, 4, 4), device)
    queries = keys[:, None].contiguous()
    features, diagonal = dma.displaced_micro_attention(keys, queries, *rates, (4, 4), implementation="triton")
    expected = dma.displaced_micro_attention_reference(keys, queries, *rates, (4, 4))
    assert features[..., :4].abs().max() == 0
    torch.testing.assert_close(features, expected[0])
    torch.testing.assert_close(diagonal, expected[1])


def test_any_strides(dma, device):
    inputs = make_inputs((2, 2, 2, 8, 4, 4), device)
    expected = dma.displaced_micro_attention_reference(*inputs, (4, 4))
    inputs[1] = inputs[1].transpose(0, 1).contiguous().transpose(0, 1)
    actual = dma.displaced_micro_attention(*inputs, (4, 4), implementation="triton")
    for one, other in zip(expected, actual, strict=True):
        torch.testing.assert_close(one, other)


def test_second_derivatives_are_refused(dma, device):
    inputs = [tensor.requires_grad_() for tensor in make_inputs((1, 1, 1, 4, 2, 2), device)]
    features, _ = dma.displaced_micro_attention(*inputs, (2, 2), implementation="triton")
    (slope,) = torch.autograd.grad(features.sum(), inputs[:1], create_graph=True)
    with pytest.raises(RuntimeError, match="differentiable once"):
        slope.sum().backward()

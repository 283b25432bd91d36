"""The fused kernels of displaced micro-attention against the definition, on a GPU or in Triton's interpreter."""

import os

import pytest
import torch

if not torch.cuda.is_available() and os.environ.get("TRITON_INTERPRET") != "1":
    pytest.skip("needs a GPU or TRITON_INTERPRET=1, set before Triton is imported", allow_module_level=True)

# (batch, pairs, heads, head_dim, rows, columns); the shipped model has 8 heads of 16 on 14 x 14 patches
CASES = [(1, 1, 1, 4, 1, 1), (2, 2, 1, 5, 3, 4), (1, 1, 1, 16, 14, 14), (1, 1, 2, 12, 5, 20), (1, 1, 3, 33, 7, 7)]
CASES += [(1, 1, 1, 16, 8, 8), (1, 1, 1, 8, 1, 65)]  # tiles are of 64 patches: one exactly, and one more
MANY = [(1, 2, 8, 16, 14, 14), (65, 1, 1, 4, 3, 3), (1, 65, 1, 4, 3, 3), (2, 1, 3, 33, 9, 8)]
MANY += [(1, 1, heads, 4, 7, 7) for heads in range(1, 9)]
INTERPRETED = [] if torch.cuda.is_available() else [pytest.mark.slow]  # the interpreter takes half a second a program
CASES += [pytest.param(case, marks=INTERPRETED) for case in MANY]
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


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_inputs_and_slopes_of_any_strides_give_the_same_bits(dma, device, number):
    """Each input in turn is a view with gaps; the gradients of the outputs are views too."""
    inputs, grid = make_inputs((1, 1, 1, 4, 2, 3), device), (2, 3)

    def results(tensors, slopes):
        leaves = [tensor.detach().requires_grad_() for tensor in tensors]
        outputs = dma.displaced_micro_attention(*leaves, grid, implementation="triton")
        return *outputs, *torch.autograd.grad(outputs, leaves, slopes)

    slopes = [torch.ones(1, 1, 6, 13, device=device), torch.ones(1, 1, 6, 1, device=device)]
    expected = results(inputs, slopes)
    strided = list(inputs)
    strided[number] = torch.stack([inputs[number], inputs[number]], dim=-1)[..., 0]
    assert strided[number].stride()[-1] == 2
    expanded = [torch.ones((), device=device).expand(slope.shape) for slope in slopes]
    assert all(map(torch.equal, results(strided, expanded), expected))


def test_results_are_the_same_bits_on_every_run_and_in_every_batch(dma, device, poisoned):
    inputs, grid = make_inputs((2, 1, 2, 8, 7, 7), device), (7, 7)
    first, again = (run(dma.displaced_micro_attention, inputs, grid, implementation="triton") for _ in range(2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    alone = [tensor[1:2] for tensor in inputs[:4]] + inputs[4:]
    outputs = dma.displaced_micro_attention(*alone, grid, implementation="triton")
    assert torch.equal(outputs[0], first["features"][1:2]) and torch.equal(outputs[1], first["diagonal"][1:2])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64], ids=str)
def test_other_precisions_are_refused_and_torch_takes_them(dma, device, dtype):
    inputs = [tensor.to(dtype) for tensor in make_inputs((1, 1, 2, 4, 3, 3), device)]
    with pytest.raises(ValueError, match="needs float32 tensors"):
        dma.displaced_micro_attention(*inputs, (3, 3), implementation="triton")
    features, diagonal = dma.displaced_micro_attention(*inputs, (3, 3))
    assert features.dtype == diagonal.dtype == dtype and features.isfinite().all()


def test_the_definition_has_the_gradients_of_its_differences(dma):
    """What the kernels are compared with, against finite differences in float64."""
    inputs = [tensor.double().requires_grad_() for tensor in make_inputs((1, 1, 1, 2, 2, 3), "cpu")]
    assert torch.autograd.gradcheck(lambda *tensors: dma.displaced_micro_attention_reference(*tensors, (2, 3)), inputs)


def test_second_derivatives_are_refused(dma, device):
    inputs = [tensor.requires_grad_() for tensor in make_inputs((1, 1, 1, 4, 2, 2), device)]
    features, _ = dma.displaced_micro_attention(*inputs, (2, 2), implementation="triton")
    (slope,) = torch.autograd.grad(features.sum(), inputs[:1], create_graph=True)
    with pytest.raises(RuntimeError, match="differentiable once"):
        slope.sum().backward()

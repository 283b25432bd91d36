"""The fused kernels against the float32 definition, on a GPU or (TRITON_INTERPRET=1) in Triton's interpreter."""

import inspect
import os
import sys

import pytest
import torch

if not torch.cuda.is_available() and os.environ.get("TRITON_INTERPRET") != "1":
    pytest.skip("needs a GPU or TRITON_INTERPRET=1, set before Triton is imported", allow_module_level=True)

# (batch, heads, patches, head_dim); 196 and 784 patches are 224 pixels in patches of 16 and 8
SHAPES = [
    (2, 3, 1, 16),
    (1, 2, 17, 80),
    (1, 1, 272, 512),
    (2, 1, 196, 64),
    (1, 1, 784, 16),
    (1, 1, 785, 32),
    (1, 1, 50, 512),
]
LARGE_SHAPES = [(1, 2, 1025, 128), (1, 1, 300, 512), (2, 1, 393, 256), (1, 3, 300, 33), (40, 3, 1, 16)]
TOLERANCE = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 1e-2}  # RMS(error) / RMS(reference)


def named(case):
    return "x".join(map(str, case)) if isinstance(case, tuple) else str(case).removeprefix("torch.")


def make_inputs(shape, dtype, device, sharpness=2.0):
    generator = torch.Generator().manual_seed(42)
    query, key, value = torch.randn(3, *shape, generator=generator)
    interest = torch.rand(shape[0], shape[2], generator=generator)
    key = key + sharpness * query / shape[-1] ** 0.5  # as in a pair of frames: a patch agrees most with its own place
    return {
        name: tensor.to(device, dtype)
        for name, tensor in {"query": query, "key": key, "value": value, "interest": interest}.items()
    }


def output_gradients(shape, dtype, device):
    generator = torch.Generator().manual_seed(43)
    context, diagonal = torch.randn(shape, generator=generator), torch.randn(shape[:3], generator=generator)
    return context.to(device, dtype), 10 * diagonal.to(device, dtype)


def run(function, inputs, gradients, **options):
    """Outputs and the gradient of every input, by name."""
    leaves = {name: tensor.detach().requires_grad_() for name, tensor in inputs.items()}
    context, diagonal = function(**leaves, **options)
    torch.autograd.backward([context, diagonal], [g.to(context.dtype) for g in gradients])
    return {"context": context, "diagonal": diagonal} | {f"d{name}": leaf.grad for name, leaf in leaves.items()}


def assert_close(expected, actual, tolerance):
    for name, reference in expected.items():
        reference, result = reference.double(), actual[name].double()
        assert result.isfinite().all(), f"{name} is not finite"
        error = (result - reference).square().mean().sqrt().item()
        size = reference.square().mean().sqrt().item()
        assert error <= tolerance * size, f"{name}: {error:.2e} of {size:.2e}"


def skip_bfloat16_in_the_interpreter(dtype, device):
    if dtype == torch.bfloat16 and device == "cpu":
        pytest.skip("`tl.dot` of bfloat16 is wrong in Triton's interpreter; needs a GPU")


@pytest.fixture
def check(dma, device, poisoned):
    """Compare outputs and gradients of the fused kernels with the definition in float64."""

    def compare(shape, dtype, sharpness=2.0):
        if dtype == torch.bfloat16 and device == "cpu":
            pytest.skip("`tl.dot` of bfloat16 is wrong in Triton's interpreter; needs a GPU")
        inputs = make_inputs(shape, dtype, device, sharpness)
        gradients = output_gradients(shape, dtype, device)
        actual = run(dma.diagonal_micro_attention, inputs, gradients, implementation="triton")
        assert all(result.dtype == dtype for result in actual.values())
        in_double = {name: tensor.double() for name, tensor in inputs.items()}
        assert_close(run(dma.diagonal_micro_attention_reference, in_double, gradients), actual, TOLERANCE[dtype])

    return compare


@pytest.mark.kernels_ci
@pytest.mark.parametrize("dtype", TOLERANCE, ids=named)
@pytest.mark.parametrize("shape", SHAPES, ids=named)
def test_outputs_and_gradients_match_the_definition(check, shape, dtype):
    check(shape, dtype)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", TOLERANCE, ids=named)
@pytest.mark.parametrize("shape", LARGE_SHAPES, ids=named)
def test_large_shapes_match_the_definition(check, shape, dtype):
    check(shape, dtype)


@pytest.mark.parametrize("sharpness", [0.0, 30.0], ids=["flat", "peaked"])
def test_half_precision_gradients_survive_flat_and_peaked_maps(check, sharpness):
    # flat: every probability is near 1 / 784, where float16 is subnormal; peaked: 1 - probability cancels
    check((1, 1, 784, 16), torch.float16, sharpness)


def test_small_gradients_survive_beside_large_ones(dma, device, poisoned):
    """Patches of two kinds that do not see each other, the second with gradients 10,000 times smaller."""
    shape, large, small = (1, 1, 128, 16), slice(0, 64), slice(64, 128)
    inputs = make_inputs(shape, torch.float16, device)
    for name in ("query", "key"):
        inputs[name][..., 0] = torch.where(torch.arange(128, device=device) < 64, 10.0, -10.0)
    context, diagonal = output_gradients(shape, torch.float16, device)
    context[:, :, small] *= 1e-4
    diagonal[:, :, small] *= 1e-4
    gradients = 1e3 * context, 1e3 * diagonal  # as under loss scaling, so that the results themselves are normal
    actual = run(dma.diagonal_micro_attention, inputs, gradients, implementation="triton")
    in_double = {name: tensor.double() for name, tensor in inputs.items()}
    expected = run(dma.diagonal_micro_attention_reference, in_double, gradients)
    for rows in (large, small):
        part = {name: (expected[name][:, :, rows], actual[name][:, :, rows]) for name in ("dquery", "dkey")}
        assert_close({n: e for n, (e, _) in part.items()}, {n: a for n, (_, a) in part.items()}, 2e-3)


def test_scores_far_below_zero_do_not_overflow(dma, device, poisoned):
    inputs = make_inputs((1, 1, 37, 16), torch.float32, device)
    inputs["query"] += 6
    inputs["key"] -= 6  # all scores near -144, the empty columns of the last tile at 0
    gradients = output_gradients((1, 1, 37, 16), torch.float32, device)
    actual = run(dma.diagonal_micro_attention, inputs, gradients, implementation="triton")
    in_double = {name: tensor.double() for name, tensor in inputs.items()}
    # float32 scores of this size are good to 1e-5, and so are the probabilities
    assert_close(run(dma.diagonal_micro_attention_reference, in_double, gradients), actual, 1e-3)


@pytest.mark.parametrize(
    "dtype, shape",
    [(torch.float16, (1, 1, 145, 64)), (torch.float16, (1, 1, 145, 512)), (torch.float32, (1, 1, 73, 512))],
    ids=named,
)
@pytest.mark.parametrize("capability", [(8, 0), (9, 0), (10, 0)], ids=named)
def test_every_generation_has_settings_that_match_the_definition(
    dma, device, check, monkeypatch, capability, dtype, shape
):
    if device != "cpu":
        pytest.skip("the settings of another generation need not fit this GPU")
    for module in ("forward", "backward"):
        kernel = sys.modules[f"{dma.__name__}.{module}"]
        monkeypatch.setattr(kernel, "capability_of", lambda device: capability)
    check(shape, dtype)


@pytest.mark.parametrize("layout", ["heads last", "every second column", "one query for all maps", "transposed"])
def test_strided_inputs_give_the_bits_of_contiguous_ones(dma, device, poisoned, layout):
    shape = (2, 3, 35, 24)
    inputs, gradients = make_inputs(shape, torch.float32, device), output_gradients(shape, torch.float32, device)
    query = inputs["query"]
    if layout == "heads last":
        strided = query.transpose(1, 2).contiguous().transpose(1, 2)
    elif layout == "every second column":
        strided = query.repeat_interleave(2, dim=-1)[..., ::2]
    elif layout == "one query for all maps":
        strided = query[:1, :1].expand(shape)
    else:
        strided = query.transpose(2, 3).contiguous().transpose(2, 3)
    assert not strided.is_contiguous()
    actual = run(dma.diagonal_micro_attention, inputs | {"query": strided}, gradients, implementation="triton")
    whole = inputs | {"query": strided.contiguous()}
    expected = run(dma.diagonal_micro_attention, whole, gradients, implementation="triton")
    for name in expected:
        torch.testing.assert_close(actual[name], expected[name], rtol=0, atol=0, msg=name)


def test_gradients_of_sums_have_no_strides(dma, device, poisoned):
    inputs = make_inputs((2, 2, 19, 16), torch.float32, device)

    def gradients(function, **options):
        leaves = [tensor.detach().requires_grad_() for tensor in inputs.values()]
        context, diagonal = function(*leaves, **options)
        return torch.autograd.grad(context.sum() + diagonal.sum(), leaves)

    actual = gradients(dma.diagonal_micro_attention, implementation="triton")
    expected = gradients(dma.diagonal_micro_attention_reference)
    assert_close(dict(enumerate(expected)), dict(enumerate(actual)), 1e-5)


@pytest.mark.parametrize("output", [0, 1], ids=["context", "diagonal"])
def test_one_output_alone_has_gradients(dma, device, poisoned, output):
    inputs = make_inputs((1, 2, 19, 16), torch.float32, device)

    def gradients(function, **options):
        leaves = [tensor.detach().requires_grad_() for tensor in inputs.values()]
        result = function(*leaves, **options)[output]
        return torch.autograd.grad(result.square().sum(), leaves, allow_unused=True, materialize_grads=True)

    actual = gradients(dma.diagonal_micro_attention, implementation="triton")
    expected = gradients(dma.diagonal_micro_attention_reference)
    assert_close(dict(enumerate(expected)), dict(enumerate(actual)), 1e-5)


@pytest.mark.parametrize("wanted", ["query", "key", "value", "interest", "query value", "key interest"])
def test_only_wanted_gradients_are_made(dma, device, poisoned, wanted):
    inputs = make_inputs((1, 2, 19, 16), torch.float32, device)

    def gradients(function, **options):
        leaves = {name: tensor.detach().requires_grad_(name in wanted) for name, tensor in inputs.items()}
        context, diagonal = function(**leaves, **options)
        (context.sum() + diagonal.square().sum()).backward()
        return {name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}

    actual = gradients(dma.diagonal_micro_attention, implementation="triton")
    assert sorted(actual) == sorted(wanted.split())
    assert_close(gradients(dma.diagonal_micro_attention_reference), actual, 1e-5)


def test_interest_may_be_absent_per_head_or_in_another_precision(dma, device, poisoned):
    inputs = make_inputs((2, 3, 19, 16), torch.float16, device)
    frames = [inputs[name] for name in ("query", "key", "value")]
    shared = inputs["interest"].float()
    for interest in (None, shared, shared[:, None] * torch.tensor([0.0, 1.0, 2.0], device=device)[:, None]):
        context, diagonal = dma.diagonal_micro_attention(*frames, interest, implementation="triton")
        in_double = [tensor.double() for tensor in frames]
        expected = dma.diagonal_micro_attention_reference(*in_double, None if interest is None else interest.double())
        assert_close(
            {"context": expected[0], "diagonal": expected[1]}, {"context": context, "diagonal": diagonal}, 2e-3
        )


def test_same_inputs_give_the_same_bits(dma, device):
    shape = (2, 2, 197, 48)
    inputs, gradients = make_inputs(shape, torch.float16, device), output_gradients(shape, torch.float16, device)
    first, second = (run(dma.diagonal_micro_attention, inputs, gradients, implementation="triton") for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_offsets_beyond_two_to_the_31_are_reached(dma, device):
    far = 2**30 + 16
    storage = torch.empty(2 * far + 16, dtype=torch.float16, device=device)  # 4.3 GB, of which three rows are touched
    query = storage.as_strided((1, 1, 3, 16), (1, 1, far, 1))
    near = make_inputs((1, 1, 3, 16), torch.float16, device)
    query.copy_(near["query"])
    expected = dma.diagonal_micro_attention(**near, implementation="triton")
    actual = dma.diagonal_micro_attention(**near | {"query": query}, implementation="triton")
    assert torch.equal(actual[0], expected[0]) and torch.equal(actual[1], expected[1])


def test_a_single_patch_is_all_of_its_row(dma, device):
    inputs = make_inputs((3, 2, 1, 16), torch.float32, device)
    del inputs["interest"]
    context, diagonal = dma.diagonal_micro_attention(**inputs, implementation="triton")
    assert torch.equal(diagonal, torch.ones_like(diagonal))
    assert torch.equal(context, inputs["value"])


def test_an_empty_batch_gives_empty_outputs(dma, device):
    context, diagonal = dma.diagonal_micro_attention(
        *torch.zeros(3, 0, 2, 5, 16, device=device), implementation="triton"
    )
    assert context.shape == (0, 2, 5, 16) and diagonal.shape == (0, 2, 5)


def test_second_derivatives_are_refused(dma, device):
    query, key, value = (torch.randn(1, 1, 5, 16, device=device, requires_grad=True) for _ in range(3))
    _, diagonal = dma.diagonal_micro_attention(query, key, value, implementation="triton")
    (slope,) = torch.autograd.grad(diagonal.sum(), query, create_graph=True)
    with pytest.raises(RuntimeError, match="differentiable once"):
        (slope.square().sum() + query.sum()).backward()


def test_layer_is_the_operation_with_the_scale_of_its_host(dma, device):
    inputs = make_inputs((2, 1, 21, 32), torch.float32, device)

    class Host(torch.nn.Module):
        scale = 0.5
        forward = dma.layers.DiagonalMicroAttention.forward

    expected = dma.diagonal_micro_attention_reference(**inputs, scale=0.5)
    for result, reference in zip(Host()(*inputs.values()), expected, strict=True):
        torch.testing.assert_close(result, reference)
    assert list(inspect.signature(Host.forward).parameters) == ["self", "query", "key", "value", "interest"]

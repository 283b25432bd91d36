"""The packaged operation without a GPU: the eager and the chunked way, the choice between them, and bad input."""

import subprocess
import sys

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint

import micron_bert.ops.dma.layers  # noqa: F401  (a sub-package import must not take the function's name)
from micron_bert.ops import diagonal_micro_attention
from micron_bert.ops.dma import attention, chunked, diagonal_micro_attention_reference

SHAPES = [(1, 1, 1, 8), (2, 3, 17, 20), (3, 2, 50, 16)]
WAYS = ["eager", "chunked"]


def make_inputs(shape, dtype=torch.float64, requires_grad=True):
    generator = torch.Generator().manual_seed(7)
    query, key, value = (torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(3))
    interest = torch.rand(shape[0], shape[2], generator=generator, dtype=torch.float64)
    return [tensor.to(dtype).requires_grad_(requires_grad) for tensor in (query, key, value, interest)]


def by_softmax(query, key, value, interest):
    """The paper's formula word by word, another way than the log-sum-exp of the reference."""
    scores = torch.einsum("bhid,bhjd->bhij", query, key) / query.shape[-1] ** 0.5
    diagonal = torch.softmax(scores, -1).diagonal(dim1=-2, dim2=-1)
    return diagonal[..., None] * interest[:, None, :, None] * value, diagonal


def results(function, inputs, **options):
    context, diagonal = function(*inputs, **options)
    slopes = torch.autograd.grad((context.double().square().sum() + diagonal.double().sum()), inputs)
    return context, diagonal, *slopes


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setitem(chunked.BLOCK_SCORES, "cpu", 200)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_both_ways_are_the_papers_formula(way, shape):
    inputs = make_inputs(shape)
    expected = results(by_softmax, inputs)
    for actual, reference in zip(results(diagonal_micro_attention, inputs, implementation=way), expected, strict=True):
        torch.testing.assert_close(actual, reference)


@pytest.mark.parametrize("shape", [(1, 1, 301, 8), (5, 2, 9, 8), (2, 1, 17, 8)], ids=str)
def test_chunked_is_the_same_over_many_blocks(small_blocks, shape):
    inputs = make_inputs(shape)
    assert len(list(chunked._blocks(shape[0] * shape[1], shape[2], "cpu"))) > 1
    expected = results(diagonal_micro_attention, inputs, implementation="eager")
    actual = results(diagonal_micro_attention, inputs, implementation="chunked")
    for result, reference in zip(actual, expected, strict=True):
        torch.testing.assert_close(result, reference)


@pytest.mark.parametrize("way", WAYS)
def test_gradients_are_those_of_finite_differences(way, small_blocks):
    inputs = make_inputs((2, 2, 15, 4))
    assert torch.autograd.gradcheck(lambda *x: diagonal_micro_attention(*x, implementation=way), inputs)


def test_eager_has_second_derivatives_and_chunked_refuses_them():
    inputs = make_inputs((1, 2, 4, 3))
    assert torch.autograd.gradgradcheck(lambda *x: diagonal_micro_attention(*x, implementation="eager"), inputs)
    _, diagonal = diagonal_micro_attention(*inputs, implementation="chunked")
    (slope,) = torch.autograd.grad(diagonal.sum(), inputs[0], create_graph=True)
    with pytest.raises(RuntimeError, match="differentiable once"):
        (slope.square().sum() + inputs[0].sum()).backward()


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.float16, 2e-3), (torch.bfloat16, 1e-2)])
@pytest.mark.parametrize("way", WAYS)
def test_lower_precision_stays_close_to_double(way, dtype, tolerance, small_blocks):
    inputs = make_inputs((2, 2, 33, 16), dtype)
    expected = results(by_softmax, [x.detach().double().requires_grad_() for x in inputs])
    actual = results(diagonal_micro_attention, inputs, implementation=way)
    for result, reference in zip(actual, expected, strict=True):
        assert result.dtype == dtype
        assert (result - reference).norm() <= tolerance * reference.norm()


@pytest.mark.parametrize("way", WAYS)
def test_autocast_does_not_round_the_scores(way):
    inputs = make_inputs((1, 2, 20, 16), torch.float32)

    def under_autocast(*tensors):
        with torch.autocast("cpu", torch.bfloat16):
            return diagonal_micro_attention(*tensors, implementation=way)

    expected, actual = results(diagonal_micro_attention, inputs, implementation=way), results(under_autocast, inputs)
    for result, reference in zip(actual, expected, strict=True):
        torch.testing.assert_close(result, reference, rtol=0, atol=0)


class LargestTensor(TorchDispatchMode):
    """The number of elements of the largest tensor that any operation returned."""

    elements = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, (list, tuple)) else [out]:
            if isinstance(tensor, torch.Tensor):
                self.elements = max(self.elements, tensor.numel())
        return out


@pytest.mark.parametrize("way, linear", [("chunked", True), ("eager", False)])
def test_chunked_never_holds_a_map(monkeypatch, way, linear):
    monkeypatch.setitem(chunked.BLOCK_SCORES, "cpu", 4000)
    inputs = make_inputs((1, 1, 400, 8), torch.float32)
    with LargestTensor() as largest:
        results(diagonal_micro_attention, inputs, implementation=way)
    assert (largest.elements <= 4000) == linear


def test_default_goes_by_the_size_of_the_map(monkeypatch):
    inputs = make_inputs((1, 2, 20, 8), torch.float32)
    assert "Chunked" not in diagonal_micro_attention(*inputs)[0].grad_fn.name()
    monkeypatch.setattr(attention, "LARGEST_MAP", 2 * 20 * 20 * 4 - 1)
    assert "Chunked" in diagonal_micro_attention(*inputs)[0].grad_fn.name()


@pytest.mark.parametrize("way", WAYS)
def test_interest_broadcasts_over_heads(way):
    query, key, value, interest = make_inputs((2, 3, 9, 8))
    per_head = (interest[:, None] * torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)[:, None]).detach()
    expected, _ = by_softmax(query, key, value, torch.ones_like(interest))
    for given in (per_head, interest[:, None]):
        context, _ = diagonal_micro_attention(query, key, value, given, implementation=way)
        torch.testing.assert_close(context, expected * given[..., None])
    context, _ = diagonal_micro_attention(query, key, value, implementation=way)
    torch.testing.assert_close(context, expected)


@pytest.mark.parametrize("way", WAYS)
def test_scale_replaces_the_default(way):
    query, key, value, interest = make_inputs((1, 1, 9, 16))
    expected = diagonal_micro_attention_reference(query * 2, key, value, interest)
    actual = diagonal_micro_attention(query, key, value, interest, scale=0.5, implementation=way)
    for result, reference in zip(actual, expected, strict=True):
        torch.testing.assert_close(result, reference)


@pytest.mark.parametrize("reentrant", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_gradient_checkpointing_changes_nothing(way, reentrant):
    inputs = make_inputs((1, 2, 20, 8))

    def checkpointed(*tensors):
        return checkpoint(diagonal_micro_attention, *tensors, None, way, use_reentrant=reentrant)

    expected = results(diagonal_micro_attention, inputs, implementation=way)
    for result, reference in zip(_backward_through(checkpointed, inputs), expected, strict=True):
        torch.testing.assert_close(result, reference)


def _backward_through(function, inputs):
    """As `results`, by `backward()`: reentrant checkpoints do not work with `torch.autograd.grad`."""
    context, diagonal = function(*inputs)
    (context.square().sum() + diagonal.sum()).backward()
    return context, diagonal, *(tensor.grad for tensor in inputs)


@pytest.mark.parametrize("way", WAYS)
def test_compiles_into_one_graph(way, small_blocks):
    inputs = make_inputs((2, 2, 21, 8), torch.float32)
    compiled = torch.compile(diagonal_micro_attention, fullgraph=True, backend="aot_eager")
    expected = results(diagonal_micro_attention, inputs, implementation=way)
    for result, reference in zip(results(compiled, inputs, implementation=way), expected, strict=True):
        torch.testing.assert_close(result, reference)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"query": torch.randn(3, 4, 8)}, r"`query` must have the shape \(batch, heads, patches, head_dim\)"),
        ({"query": torch.randn(1, 2, 0, 8)}, "at least one patch, got"),
        ({"key": torch.randn(1, 2, 7, 8)}, r"`key` must have the shape of `query`.*\(1, 2, 7, 8\) and \(1, 2, 9, 8\)"),
        ({"value": torch.randn(1, 2, 9, 4)}, "`value` must have the shape of `query`"),
        (
            {"key": torch.randn(1, 2, 9, 8).half()},
            "`key` must have the dtype and device of `query`, got torch.float16",
        ),
        ({"value": torch.empty(1, 2, 9, 8, device="meta")}, "`value` must have the dtype and device.*`meta`"),
        ({"interest": torch.rand(9)}, r"`interest` must have the shape \(1, 9\)"),
        ({"interest": torch.rand(1, 3, 9)}, r"broadcasts to \(1, 2, 9\), got \(1, 3, 9\)"),
        ({"interest": torch.ones(1, 9, dtype=torch.long)}, "`interest` must be a floating point tensor"),
        ({"implementation": "fused"}, r"`implementation` must be one of .*'eager'\) or None, got `'fused'`"),
    ],
)
def test_bad_input_is_named(change, message):
    arguments = dict(zip(("query", "key", "value"), torch.randn(3, 1, 2, 9, 8), strict=True))
    with pytest.raises(ValueError, match=message):
        diagonal_micro_attention(**arguments | change)


def test_integers_are_refused():
    with pytest.raises(ValueError, match="must be a floating point tensor, got torch.int64"):
        diagonal_micro_attention(*torch.ones(3, 1, 1, 2, 4, dtype=torch.long))


def test_triton_needs_a_gpu():
    if torch.cuda.is_available() or attention.runs_fused(torch.randn(1, 1, 2, 16)):
        pytest.skip("the fused kernels run here")
    with pytest.raises(ValueError, match="needs float32, .* on `cpu`; use `implementation='chunked'`"):
        diagonal_micro_attention(*torch.randn(3, 1, 1, 2, 16), implementation="triton")


@pytest.mark.parametrize(
    "how, why",
    [
        ("import sys; sys.modules['triton'] = None", "import of triton halted"),
        ("import triton; triton.__version__ = '3.2.0'", "Triton 3.2.0 does not compile these kernels"),
    ],
    ids=["absent", "old"],
)
def test_works_without_a_fitting_triton(how, why):
    program = (
        f"{how}\n"
        "import torch\n"
        "from micron_bert.ops import diagonal_micro_attention\n"
        "print(diagonal_micro_attention(*torch.randn(3, 1, 1, 5, 16))[0].shape)\n"
        "diagonal_micro_attention(*torch.randn(3, 1, 1, 5, 16), implementation='triton')\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "torch.Size([1, 1, 5, 16])" in run.stdout
    assert f"ValueError: `implementation='triton'` needs Triton, which cannot be imported here ({why}" in run.stderr

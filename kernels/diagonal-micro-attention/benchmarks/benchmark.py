"""
Time diagonal micro-attention on a CUDA GPU against the other ways to compute it, and against what the GPU can do.

    python benchmarks/benchmark.py                                    # the four published shapes, bfloat16
    python benchmarks/benchmark.py --shapes 64x1x784x512 --ways fused eager --output results.csv

Shapes are batch x heads x patches x head_dim. Each way is compared with the float32 definition before it is timed; one
that is wrong or fails is reported with the reason and without a time. Rows are appended to the CSV file.

The floor of a forward pass is the larger of `2 * batch * heads * patches**2 * head_dim` operations at the rate of a
large matrix product, and the bytes of query, key, value and context at the rate of a large copy, both measured first.
"""

import argparse
import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch.nn import functional as F

sys.path.insert(0, str(Path(__file__).parents[1] / "torch-ext"))
from diagonal_micro_attention import diagonal_micro_attention, diagonal_micro_attention_reference  # noqa: E402

SHAPES = ["64x1x196x512", "64x1x784x512", "64x1x3136x512", "64x4x784x128"]
DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
SMALL = ["1x2x17x80"]  # for a rehearsal
TOLERANCE = {torch.float32: 1e-3, torch.float16: 1e-2, torch.bfloat16: 4e-2}  # RMS(error) / RMS(reference)


def full_map(query, key, value, interest):
    """As the release computes it, in the precision of the inputs: the map, its softmax, its diagonal."""
    scores = query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5
    diagonal = scores.softmax(-1).diagonal(dim1=-2, dim2=-1)
    return (diagonal * interest[:, None])[..., None] * value, diagonal


def flex(query, key, value, interest):
    """FlexAttention with its log-sum-exp returned; it makes the full attention's output on the way."""
    from torch.nn.attention.flex_attention import AuxRequest, flex_attention

    _, extra = flex_attention(query, key, value, return_aux=AuxRequest(lse=True))
    own = (query.float() * key.float()).sum(-1) * query.shape[-1] ** -0.5
    diagonal = (own - extra.lse).exp().to(query.dtype)
    return (diagonal * interest[:, None])[..., None] * value, diagonal


def full_attention(query, key, value, interest):
    """SDPA's full attention, another result: what a model pays that does not take the diagonal."""
    return F.scaled_dot_product_attention(query, key, value) * interest[:, None, :, None], None


def fused(*inputs):
    return diagonal_micro_attention(*inputs, implementation="triton")


def chunked(*inputs):
    return diagonal_micro_attention(*inputs, implementation="chunked")


WAYS = {
    "fused": lambda: fused,
    "chunked": lambda: chunked,
    "eager": lambda: full_map,
    "compiled": lambda: torch.compile(full_map, dynamic=False),
    "flex": lambda: torch.compile(flex, dynamic=False),
    "sdpa": lambda: full_attention,
}


def make_inputs(shape, dtype, device):
    generator = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(shape, generator=generator).to(device, dtype) for _ in range(3))
    interest = torch.rand(shape[0], shape[2], generator=generator).to(device, dtype)
    return [tensor.requires_grad_() for tensor in (query, key, value, interest)]


def complaint(function, inputs) -> str:
    """Why the outputs for the first two maps are not those of the definition; empty when they are."""
    few = [tensor[:2].detach() for tensor in inputs]
    expected = diagonal_micro_attention_reference(*(tensor.float() for tensor in few))
    for name, result, reference in zip(("context", "diagonal"), function(*few), expected, strict=True):
        error = ((result.float() - reference).norm() / reference.norm()).item()
        if not error <= TOLERANCE[few[0].dtype]:
            return f"{name} is wrong by {error:.1e}"
    return ""


def measure(function, inputs) -> dict:
    """Milliseconds (20th, 50th, 80th percentile) of a forward pass and of a forward and backward pass; peak MiB."""
    from triton.testing import do_bench

    def forward():
        with torch.no_grad():
            return function(*inputs)

    context, diagonal = function(*inputs)
    slopes = [torch.randn_like(output) for output in (context, diagonal) if output is not None]

    def step():
        outputs = [output for output in function(*inputs) if output is not None]
        return torch.autograd.grad(outputs, inputs, slopes)

    del context, diagonal
    result = {}
    for name, work in (("forward", forward), ("step", step)):
        work()
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        work()
        torch.cuda.synchronize()
        peak = torch.cuda.max_memory_allocated() / 2**20
        result[name] = (*do_bench(work, warmup=100, rep=400, quantiles=[0.2, 0.5, 0.8]), peak)
    return result


def machine_rates(dtype) -> tuple[float, float]:
    """Operations per second of a large matrix product and bytes per second (read and written) of a large copy."""
    from triton.testing import do_bench

    side = 8192
    left, right = (torch.randn(side, side, device="cuda", dtype=dtype) for _ in range(2))
    source = torch.empty(2**30, device="cuda", dtype=torch.uint8)
    target = torch.empty_like(source)
    product = do_bench(lambda: left @ right, warmup=200, rep=1000, quantiles=[0.5]) / 1e3
    copy = do_bench(lambda: target.copy_(source), warmup=100, rep=500, quantiles=[0.5]) / 1e3
    return 2 * side**3 / product, 2 * source.numel() / copy


def forward_floor(shape, dtype, operation_rate: float, byte_rate: float) -> float:
    """Milliseconds below which no forward pass of this shape can be on this GPU."""
    batch, heads, patches, head_dim = shape
    operations = 2 * batch * heads * patches**2 * head_dim
    moved = 4 * batch * heads * patches * head_dim * dtype.itemsize
    return 1e3 * max(operations / operation_rate, moved / byte_rate)


def rehearse() -> int:
    """Compares each way that runs here with the definition, once; 1 if one is wrong."""
    wrong = 0
    for text in SMALL:
        shape = tuple(map(int, text.split("x")))
        for way in WAYS:
            if way in ("compiled", "flex", "sdpa"):
                continue
            said = complaint(WAYS[way](), make_inputs(shape, torch.float32, "cpu"))
            wrong += bool(said)
            print(f"{text}  {way:>9}  {said or 'agrees with the definition'}", flush=True)
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", default=SHAPES, help="batch x heads x patches x head_dim")
    parser.add_argument("--dtype", choices=DTYPES, default="bf16")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--output", type=Path, default=Path("results.csv"))
    parser.add_argument(
        "--rehearse", action="store_true", help="compare on a small shape without a GPU, in Triton's interpreter"
    )
    arguments = parser.parse_args()
    if arguments.rehearse:
        return rehearse()
    if not torch.cuda.is_available() or torch.version.hip:
        print("This benchmark times CUDA kernels and needs an NVIDIA GPU; there is none here.", file=sys.stderr)
        return 2
    import triton

    dtype = DTYPES[arguments.dtype]
    operation_rate, byte_rate = machine_rates(dtype)
    machine = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "gpu": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "triton": triton.__version__,
        "cuda": torch.version.cuda,
        "matmul_tflops": round(operation_rate / 1e12, 1),
        "copy_gb_per_s": round(byte_rate / 1e9),
    }
    print(*(f"{name} {value}" for name, value in machine.items()), sep="  ")
    names = [*machine, "shape", "dtype", "way", "pass", "p20_ms", "p50_ms", "p80_ms", "peak_mib", "tensors_mib"]
    names += ["over_floor", "note"]
    is_new = not arguments.output.exists()
    with arguments.output.open("a", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        if is_new:
            writer.writeheader()
        for text in arguments.shapes:
            shape = tuple(map(int, text.split("x")))
            floor = forward_floor(shape, dtype, operation_rate, byte_rate)
            # query, key, value, context and the gradient of each: what a step cannot do without
            tensors = 8 * shape[0] * shape[1] * shape[2] * shape[3] * dtype.itemsize / 2**20
            print(f"\n{text} {arguments.dtype}: floor of the forward pass {floor:.3f} ms, tensors {tensors:.0f} MiB")
            for way in arguments.ways:
                torch.compiler.reset()
                torch.cuda.empty_cache()
                row = {**machine, "shape": text, "dtype": arguments.dtype, "way": way}
                try:
                    function, inputs = WAYS[way](), make_inputs(shape, dtype, "cuda")
                    wrong = "" if way == "sdpa" else complaint(function, inputs)
                    measured = {} if wrong else measure(function, inputs)
                except Exception as error:  # a way that cannot take a shape is a result, not the end of the run
                    wrong, measured = f"{type(error).__name__}: {str(error).splitlines()[0][:120]}", {}
                if wrong:
                    print(f"{way:>9}  {wrong}")
                    writer.writerow({**row, "note": wrong})
                for name, (p20, p50, p80, peak) in measured.items():
                    over = f"{p50 / floor:.2f}" if name == "forward" else ""
                    times = {"p20_ms": f"{p20:.4f}", "p50_ms": f"{p50:.4f}", "p80_ms": f"{p80:.4f}"}
                    memory = {"peak_mib": round(peak), "tensors_mib": round(tensors)}
                    writer.writerow({**row, "pass": name, **times, **memory, "over_floor": over})
                    times_floor = f"  {over} x floor" if over else ""
                    print(f"{way:>9}  {name:>7}  {p20:8.3f} {p50:8.3f} {p80:8.3f} ms  {peak:8.0f} MiB{times_floor}")
                file.flush()
    print(f"\n{arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

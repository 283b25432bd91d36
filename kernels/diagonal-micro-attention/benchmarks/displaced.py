"""
Time displaced micro-attention on a CUDA GPU: fused, in plain PyTorch, and compiled.

    python benchmarks/displaced.py                                # the shipped model's shape at batch 64
    python benchmarks/displaced.py --shapes 64x1x8x16x28x28 --output displaced.csv

Shapes are batch x pairs x heads x head_dim x rows x columns. Each way is compared with the float64 definition on two
clips before it is timed. Rows are appended to the CSV file.
"""

import argparse
import csv
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "torch-ext"))
from diagonal_micro_attention import displaced_micro_attention, displaced_micro_attention_reference  # noqa: E402

SHAPES = ["64x1x8x16x14x14", "64x4x8x16x14x14", "64x1x8x64x28x28"]
SMALL = ["2x1x3x5x4x3"]  # for a rehearsal
TOLERANCE = 1e-4  # RMS(error) / RMS(reference)


def fused(*inputs):
    return displaced_micro_attention(*inputs, implementation="triton")


WAYS = {
    "fused": lambda: fused,
    "eager": lambda: displaced_micro_attention_reference,
    "compiled": lambda: torch.compile(displaced_micro_attention_reference, dynamic=False),
}


def make_inputs(shape, device):
    """Frames that look alike, as registered frames of a face do."""
    batch, pairs, heads, head_dim, rows, columns = shape
    generator = torch.Generator().manual_seed(0)
    patches, width = rows * columns, heads * head_dim
    keys = torch.randn(batch, 3, patches, width, generator=generator)
    queries = keys[:, None] + 0.3 * torch.randn(batch, pairs, 3, patches, width, generator=generator)
    rates = [torch.randn(*s, generator=generator) for s in ((batch, patches, heads),) * 2]
    prior, support = torch.ones(heads), torch.tensor([[1.0], [3.0], [5.0]]).repeat(1, heads)
    inputs = (keys, queries, rates[0].exp(), rates[1], prior, support)
    return [tensor.to(device).requires_grad_() for tensor in inputs]


def complaint(function, inputs, grid) -> str:
    """Why the outputs for the first two clips are not those of the definition; empty when they are."""
    few = [tensor[:2].detach() for tensor in inputs[:4]] + [tensor.detach() for tensor in inputs[4:]]
    expected = displaced_micro_attention_reference(*(tensor.double() for tensor in few), grid)
    for name, result, reference in zip(("features", "diagonal"), function(*few, grid), expected, strict=True):
        error = ((result.double() - reference).norm() / reference.norm()).item()
        if not error <= TOLERANCE:
            return f"{name} is wrong by {error:.1e}"
    return ""


def measure(function, inputs, grid) -> dict[str, tuple[float, float]]:
    """Median milliseconds and peak MiB of a forward pass and of a forward and backward pass."""
    from triton.testing import do_bench

    def forward():
        with torch.no_grad():
            return function(*inputs, grid)

    slopes = [torch.randn_like(output) for output in function(*inputs, grid)]

    def step():
        return torch.autograd.grad(function(*inputs, grid), inputs, slopes)

    result = {}
    for name, work in (("forward", forward), ("step", step)):
        work()
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
        work()
        torch.cuda.synchronize()
        peak = torch.cuda.max_memory_allocated() / 2**20
        result[name] = do_bench(work, warmup=100, rep=400, quantiles=[0.5]), peak
    return result


def rehearse() -> int:
    """Compares each way that runs here with the definition, once; 1 if one is wrong."""
    wrong = 0
    for text in SMALL:
        shape = tuple(map(int, text.split("x")))
        for way in WAYS:
            if way == "compiled":
                continue
            said = complaint(WAYS[way](), make_inputs(shape, "cpu"), shape[-2:])
            wrong += bool(said)
            print(f"{text}  {way:>9}  {said or 'agrees with the definition'}", flush=True)
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", default=SHAPES)
    parser.add_argument("--output", type=Path, default=Path("displaced.csv"))
    parser.add_argument(
        "--rehearse", action="store_true", help="compare on a small shape without a GPU, in Triton's interpreter"
    )
    arguments = parser.parse_args()
    if arguments.rehearse:
        return rehearse()
    if not torch.cuda.is_available() or torch.version.hip:
        print("This benchmark times CUDA kernels and needs an NVIDIA GPU; there is none here.", file=sys.stderr)
        return 2
    names = ["gpu", "shape", "way", "pass", "ms", "peak_mib", "note"]
    is_new = not arguments.output.exists()
    with arguments.output.open("a", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        if is_new:
            writer.writeheader()
        for text in arguments.shapes:
            shape = tuple(map(int, text.split("x")))
            for way in WAYS:
                torch.compiler.reset()
                row = {"gpu": torch.cuda.get_device_name(), "shape": text, "way": way}
                try:
                    function, inputs = WAYS[way](), make_inputs(shape, "cuda")
                    wrong = complaint(function, inputs, shape[-2:])
                    measured = {} if wrong else measure(function, inputs, shape[-2:])
                except Exception as error:  # a way that cannot take a shape is a result, not the end of the run
                    wrong, measured = f"{type(error).__name__}: {str(error).splitlines()[0][:120]}", {}
                if wrong:
                    print(f"{text}  {way:>9}  {wrong}")
                    writer.writerow({**row, "note": wrong})
                for name, (taken, peak) in measured.items():
                    writer.writerow({**row, "pass": name, "ms": f"{taken:.4f}", "peak_mib": round(peak)})
                    print(f"{text}  {way:>9}  {name:>7}  {taken:8.3f} ms  {peak:8.0f} MiB")
                file.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

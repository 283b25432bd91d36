"""
Time launch settings on the CUDA GPU at hand, to fill the tables of `settings.py`.

    python benchmarks/tune.py                                  # published size, bfloat16, forward and backward
    python benchmarks/tune.py --shape 64x4x784x128 --dtype fp32 --passes backward

Prints every setting that compiles, fastest first, and marks the table's own.
"""

import argparse
import sys
from itertools import product
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "torch-ext"))
from diagonal_micro_attention import settings  # noqa: E402

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}


def candidates(backward: bool, head_dim: int):
    """(block_rows, block_columns, block_depth, block_out, num_warps, num_stages) worth a try: about a hundred."""
    whole = 1 << (head_dim - 1).bit_length()
    widths, depths, pipelines = ((32, 64, 128), (64,), (2, 3)) if backward else ((64, 128, 256), (64, 128), (2, 3, 4))
    for rows, columns, depth in product((64, 128), widths, sorted({min(d, whole) for d in depths} | {whole})):
        outs = {depth} if depth == whole or not backward else {min(out, whole) for out in (128, 256, 512)}
        for out, warps, stages in product(sorted(outs), (4, 8), pipelines):
            yield rows, columns, depth, out, warps, stages


def time_settings(backward: bool, chosen, inputs) -> float:
    """Milliseconds (median) of the forward kernel or of both score gradients, under one setting."""
    from diagonal_micro_attention import backward as backward_module
    from diagonal_micro_attention import forward as forward_module
    from triton.testing import do_bench

    query, key, value, interest = inputs
    scale = query.shape[-1] ** -0.5
    module = backward_module if backward else forward_module
    original, module.launch_settings = module.launch_settings, lambda *_: settings.LaunchSettings(*chosen)
    try:
        if not backward:
            return do_bench(lambda: module.fused_forward(query, key, value, interest, scale), quantiles=[0.5])
        share = torch.rand(query.shape[:3], device=query.device)
        peak, log_total = share.amax(-1), torch.full_like(share, 12.0)

        def gradients():
            module._score_gradient(query, key, share, peak, log_total, scale, own_is_query=True)
            module._score_gradient(key, query, share, peak, log_total, scale, own_is_query=False)

        return do_bench(gradients, quantiles=[0.5])
    finally:
        module.launch_settings = original


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="64x1x784x512", help="batch x heads x patches x head_dim")
    parser.add_argument("--dtype", choices=DTYPES, default="bf16")
    parser.add_argument("--passes", nargs="+", choices=["forward", "backward"], default=["forward", "backward"])
    parser.add_argument("--top", type=int, default=15)
    arguments = parser.parse_args()
    if not torch.cuda.is_available() or torch.version.hip:
        print("Tuning times CUDA kernels and needs an NVIDIA GPU; there is none here.", file=sys.stderr)
        return 2

    shape, dtype = tuple(map(int, arguments.shape.split("x"))), DTYPES[arguments.dtype]
    query, key, value = (torch.randn(shape, device="cuda", dtype=dtype) for _ in range(3))
    inputs = query, key, value, torch.rand(shape[:3], device="cuda", dtype=dtype)
    capability = torch.cuda.get_device_capability()
    print(f"{torch.cuda.get_device_name()} ({settings.generation(capability)}), {arguments.shape} {arguments.dtype}")
    for name in arguments.passes:
        backward = name == "backward"
        own = tuple(settings.launch_settings(backward, capability, dtype, shape[-1]))
        timed = []
        for chosen in {own, *candidates(backward, shape[-1])}:
            try:
                timed.append((time_settings(backward, chosen, inputs), chosen))
            except Exception:  # too large for the chip, or for the compiler
                torch.cuda.synchronize()
        print(f"\n{name}: rows, columns, depth, out, warps, stages")
        for position, (milliseconds, chosen) in enumerate(sorted(timed)):
            if position < arguments.top or chosen == own:
                print(f"{milliseconds:9.4f} ms  {chosen}{'  <- table' if chosen == own else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

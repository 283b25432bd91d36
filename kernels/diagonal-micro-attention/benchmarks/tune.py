"""
Time launch settings on the CUDA GPU at hand, to fill the tables of `settings.py`.

    python benchmarks/tune.py                                  # published size, bfloat16, forward and backward
    python benchmarks/tune.py --shape 64x4x784x128 --dtype fp32 --passes backward
    python benchmarks/tune.py --seconds 20                     # of each pass; what is unlike the table comes last
    TRITON_INTERPRET=1 python benchmarks/tune.py --rehearse    # without a GPU, small; no figure is one of speed

Prints the settings that compile, fastest first, and marks the table's own, which is timed before all others.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "torch-ext"))
from diagonal_micro_attention import settings  # noqa: E402

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": torch.float32}
SMALL, BRIEF = "1x1x17x80", 8.0  # shape and seconds of a rehearsal


def candidates(backward: bool, head_dim: int):
    """(block_rows, block_columns, block_depth, block_out, num_warps, num_stages) worth a try: about a hundred."""
    whole = 1 << (head_dim - 1).bit_length()
    widths, depths, pipelines = ((32, 64, 128), (64,), (2, 3)) if backward else ((64, 128, 256), (64, 128), (2, 3, 4))
    for rows, columns, depth in product((64, 128), widths, sorted({min(d, whole) for d in depths} | {whole})):
        outs = {depth} if depth == whole or not backward else {min(out, whole) for out in (128, 256, 512)}
        for out, warps, stages in product(sorted(outs), (4, 8), pipelines):
            yield rows, columns, depth, out, warps, stages


def nearest_first(own: tuple[int, ...], others: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The table's own setting, then the others by how many of their numbers differ: time may run out."""
    rest = sorted(set(others) - {own})
    return [own, *sorted(rest, key=lambda chosen: sum(a != b for a, b in zip(own, chosen, strict=True)))]


def median(call) -> float:
    """Milliseconds of a call; without a GPU by the clock, once."""
    if torch.cuda.is_available():
        from triton.testing import do_bench

        return do_bench(call, quantiles=[0.5])
    begun = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - begun)


def time_settings(backward: bool, chosen, inputs) -> float:
    """Milliseconds (median) of the forward kernel or of both score gradients, under one setting."""
    from diagonal_micro_attention import backward as backward_module
    from diagonal_micro_attention import forward as forward_module

    query, key, value, interest = inputs
    scale = query.shape[-1] ** -0.5
    module = backward_module if backward else forward_module
    original, module.launch_settings = module.launch_settings, lambda *_: settings.LaunchSettings(*chosen)
    try:
        if not backward:
            return median(lambda: module.fused_forward(query, key, value, interest, scale))
        share = torch.rand(query.shape[:3], device=query.device)
        peak, log_total = share.amax(-1), torch.full_like(share, 12.0)

        def gradients():
            module._score_gradient(query, key, share, peak, log_total, scale, own_is_query=True)
            module._score_gradient(key, query, share, peak, log_total, scale, own_is_query=False)

        return median(gradients)
    finally:
        module.launch_settings = original


def time_pass(name: str, inputs: tuple, capability: tuple[int, int], seconds: float, top: int) -> bool:
    """Times the settings of a pass until the seconds are over, prints the fastest; whether the table's own ran."""
    backward, query = name == "backward", inputs[0]
    own = tuple(settings.launch_settings(backward, capability, query.dtype, query.shape[-1]))
    order = nearest_first(own, candidates(backward, query.shape[-1]))
    end, timed, tried = time.monotonic() + seconds, [], 0
    for chosen in order:
        if timed and time.monotonic() > end:
            break
        tried += 1
        try:
            timed.append((time_settings(backward, chosen, inputs), chosen))
        except Exception:  # too large for the chip, or for the compiler
            if torch.cuda.is_available():
                torch.cuda.synchronize()
    print(f"\n{name}: {tried} of {len(order)} tried, {len(timed)} ran; rows, columns, depth, out, warps, stages")
    for position, (milliseconds, chosen) in enumerate(sorted(timed)):
        if position < top or chosen == own:
            print(f"{milliseconds:9.4f} ms  {chosen}{'  <- table' if chosen == own else ''}", flush=True)
    return any(chosen == own for _, chosen in timed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", default="64x1x784x512", help="batch x heads x patches x head_dim")
    parser.add_argument("--dtype", choices=DTYPES, default="bf16")
    parser.add_argument("--passes", nargs="+", choices=["forward", "backward"], default=["forward", "backward"])
    parser.add_argument("--seconds", type=float, default=float("inf"), help="for each pass; all settings if left out")
    parser.add_argument("--top", type=int, default=15)
    parser.add_argument("--rehearse", action="store_true", help="in the interpreter, without a GPU")
    arguments = parser.parse_args()
    if arguments.rehearse:
        if os.environ.get("TRITON_INTERPRET") != "1":
            parser.error("a rehearsal needs TRITON_INTERPRET=1")
        arguments.shape, arguments.dtype, arguments.seconds = SMALL, "fp32", min(BRIEF, arguments.seconds)
    elif not torch.cuda.is_available() or torch.version.hip:
        print("Tuning times CUDA kernels and needs an NVIDIA GPU; there is none here.", file=sys.stderr)
        return 2

    device, shape, dtype = "cpu" if arguments.rehearse else "cuda", arguments.shape, DTYPES[arguments.dtype]
    query, key, value = torch.randn(3, *map(int, shape.split("x")), device=device).to(dtype)
    inputs = query, key, value, torch.rand(query.shape[:3], device=device).to(dtype)
    capability = (9, 0) if arguments.rehearse else torch.cuda.get_device_capability()
    chip = "Triton's interpreter" if arguments.rehearse else torch.cuda.get_device_name()
    print(f"{chip} ({settings.generation(capability)}), {shape} {arguments.dtype}")
    ran = [time_pass(name, inputs, capability, arguments.seconds, arguments.top) for name in arguments.passes]
    return 0 if all(ran) else 1


if __name__ == "__main__":
    sys.exit(main())

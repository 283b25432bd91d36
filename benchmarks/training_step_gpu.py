"""
A training step of the published model on a CUDA GPU, with and without the fused kernel: pairs per second, and the
share of the matrix-product rate that the same GPU reaches on one large product.

    python benchmarks/training_step_gpu.py [--preset paper] [--batch 64] [--steps 20]

Needs a CUDA GPU and Triton; leaves with exit code 2 without them. `--device cpu` only tries whether everything runs.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import torch

from micron_bert import MicronBertConfig, MicronBertForPreTraining
from micron_bert.model.configuration_micron_bert import PRESETS
from micron_bert.model.swapping_micron_bert import draw_swap_mask

IMPLEMENTATIONS = ("eager", "chunked", "triton")


def milliseconds(function, repeats: int, device: str) -> float:
    """Median time of a function."""
    taken = []
    if device == "cpu":
        for _ in range(repeats):
            begun = time.perf_counter()
            function()
            taken.append(1e3 * (time.perf_counter() - begun))
        return statistics.median(taken)
    for _ in range(3):
        function()
    for _ in range(repeats):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        function()
        end.record()
        torch.cuda.synchronize()
        taken.append(start.elapsed_time(end))
    return statistics.median(taken)


def matmul_rate(repeats: int, device: str) -> float:
    """FLOP per second of one bfloat16 product."""
    side = 8192 if device == "cuda" else 256
    a, b = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
    return 2 * side**3 / (1e-3 * milliseconds(lambda: a @ b, repeats, device))


def step_flops(config: MicronBertConfig, batch: int) -> float:
    """Matrix products of a step: two frames through the encoder, micro-attention, decoder; backward costs twice."""
    n, d, e = config.grid_size**2 + 1, config.hidden_size, config.decoder_hidden_size
    encoder_layer = 2 * n * d * (4 * d + 2 * config.intermediate_size) + 4 * n * n * d
    decoder_layer = 2 * n * e * (4 * e + 2 * config.decoder_intermediate_size) + 4 * n * n * e
    encoder, decoder = config.num_hidden_layers * encoder_layer, config.decoder_num_hidden_layers * decoder_layer
    micro = 2 * n * d * 4 * d + 2 * n * n * d
    return 3.0 * batch * (2 * encoder + micro + decoder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="paper")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--size", type=int, help="side of the frames in pixels (default: that of the preset)")
    parser.add_argument("--output", type=Path, help="the figures as JSON")
    args = parser.parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        print("This benchmark needs a CUDA GPU; none was found.", file=sys.stderr)
        return 2
    torch.manual_seed(0)
    sizes = {} if args.size is None else {"image_size": args.size}
    config = MicronBertConfig.preset(args.preset, agreement_weight=0.0, **sizes)
    device = args.device
    model = MicronBertForPreTraining(config).to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    side = config.image_size
    frames = torch.randn(args.batch, 2, 3, side, side, device=device)
    mask = draw_swap_mask(args.batch, config.grid_size**2, 0.5, torch.Generator().manual_seed(0)).to(device)

    def step():
        with torch.autocast(device, torch.bfloat16):
            loss = model(frames, swap_mask=mask).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    ceiling = matmul_rate(args.steps, device)
    name = torch.cuda.get_device_name() if device == "cuda" else "processor"
    print(f"{name}, torch {torch.__version__}, batch {args.batch}, bfloat16 autocast")
    print(f"matrix products alone: {ceiling / 1e12:.3g} TFLOP/s\n")
    print("| micro-attention | ms a step | pairs/s | share of that rate | peak MiB |\n|---|---|---|---|---|")
    # displaced attention has a kernel of its own and no choice by name
    names = IMPLEMENTATIONS if config.micro_attention == "diagonal" else (config.micro_attention,)
    told = {"device": name, "share": {}, "pairs_per_second": {}, "peak_mib": {}}
    for implementation in names:
        if implementation == "triton" and device == "cpu":
            continue
        if config.micro_attention == "diagonal":
            model.set_micro_attention_implementation(implementation)
        peak = float("nan")
        if device == "cuda":
            torch.cuda.reset_peak_memory_stats()
        taken = milliseconds(step, args.steps, device)
        share = step_flops(config, args.batch) / (1e-3 * taken) / ceiling
        if device == "cuda":
            peak = torch.cuda.max_memory_allocated() / 2**20
        rate = 1e3 * args.batch / taken
        told["share"][implementation], told["pairs_per_second"][implementation] = share, rate
        told["peak_mib"][implementation] = None if peak != peak else peak
        print(f"| {implementation} | {taken:.1f} | {rate:.0f} | {share:.0%} | {peak:.0f} |", flush=True)
        if args.output is not None:
            args.output.write_text(json.dumps(told, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

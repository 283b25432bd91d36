"""
A training step of the published model on a CUDA GPU, with and without the fused kernel: pairs per second, and the
share of the matrix-product rate that the same GPU reaches on one large product.

    python benchmarks/training_step_gpu.py [--preset paper] [--batch 64] [--steps 20]

Needs a CUDA GPU and Triton; leaves with exit code 2 without them.
"""

import argparse
import statistics
import sys

import torch

from micron_bert import MicronBertConfig, MicronBertForPreTraining
from micron_bert.model.configuration_micron_bert import PRESETS
from micron_bert.model.pretraining_micron_bert import draw_swap_mask

IMPLEMENTATIONS = ("eager", "chunked", "triton")


def milliseconds(function, repeats: int) -> float:
    """Median time of a function on the GPU."""
    for _ in range(3):
        function()
    taken = []
    for _ in range(repeats):
        start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        function()
        end.record()
        torch.cuda.synchronize()
        taken.append(start.elapsed_time(end))
    return statistics.median(taken)


def matmul_rate(repeats: int, side: int = 8192) -> float:
    """FLOP per second of one bfloat16 product."""
    a, b = (torch.randn(side, side, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    return 2 * side**3 / (1e-3 * milliseconds(lambda: a @ b, repeats))


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
    args = parser.parse_args()
    if not torch.cuda.is_available():
        print("This benchmark needs a CUDA GPU; none was found.", file=sys.stderr)
        return 2
    torch.manual_seed(0)
    config = MicronBertConfig.preset(args.preset, agreement_weight=0.0)
    model = MicronBertForPreTraining(config).cuda().train()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    side = config.image_size
    frames = torch.randn(args.batch, 2, 3, side, side, device="cuda")
    mask = draw_swap_mask(args.batch, config.grid_size**2, 0.5, torch.Generator().manual_seed(0)).cuda()

    def step():
        with torch.autocast("cuda", torch.bfloat16):
            loss = model(frames, swap_mask=mask).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    ceiling = matmul_rate(args.steps)
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, batch {args.batch}, bfloat16 autocast")
    print(f"matrix products alone: {ceiling / 1e12:.0f} TFLOP/s\n")
    print("| micro-attention | ms a step | pairs/s | share of that rate | peak MiB |\n|---|---|---|---|---|")
    # displaced attention has a kernel of its own and no choice by name
    names = IMPLEMENTATIONS if config.micro_attention == "diagonal" else (config.micro_attention,)
    for implementation in names:
        if config.micro_attention == "diagonal":
            model.set_micro_attention_implementation(implementation)
        torch.cuda.reset_peak_memory_stats()
        taken = milliseconds(step, args.steps)
        share = step_flops(config, args.batch) / (1e-3 * taken) / ceiling
        peak = torch.cuda.max_memory_allocated() / 2**20
        print(
            f"| {implementation} | {taken:.1f} | {1e3 * args.batch / taken:.0f} | {share:.0%} | {peak:.0f} |",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

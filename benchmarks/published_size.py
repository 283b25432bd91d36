"""
Speed and memory of the published size on a CPU, beside a plain transcription of the method as the release computes it:
one encoder call per frame, attention maps materialised, the full N×N micro-attention map built to read its diagonal.

    python benchmarks/published_size.py [--threads 1] [--repeats 7] [--compile] [--skip-training]

Both sides run in this process, in turn, on the same numbers; ratios are of medians, of
processor time on one thread. The outputs are compared first.
Peak memory is that of a fresh process per side.
"""

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import nn

from micron_bert import MicronBertConfig, MicronBertForPreTraining
from micron_bert.model.swapping_micron_bert import draw_swap_mask, patchify, swap_patches


class PlainLayer(nn.Module):
    """A block with its attention map materialised; takes the weights of a `MicronBertLayer`."""

    def __init__(self, layer):
        super().__init__()
        self.norm1, self.norm2, self.fc1, self.fc2 = layer.norm1, layer.norm2, layer.fc1, layer.fc2
        self.qkv, self.proj = layer.attention.qkv, layer.attention.proj
        self.heads = layer.attention.num_heads

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(self.norm1(x)).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0], qkv[1], qkv[2]
        attention = (query @ key.transpose(-2, -1)) * (width // self.heads) ** -0.5
        attention = attention.softmax(dim=-1)
        x = x + self.proj((attention @ value).transpose(1, 2).reshape(batch, tokens, width))
        return x + self.fc2(nn.functional.gelu(self.fc1(self.norm2(x))))


class PlainMicronBert(nn.Module):
    """The method, line by line, with the weights of a `MicronBertForPreTraining`."""

    def __init__(self, model: MicronBertForPreTraining):
        super().__init__()
        base, decoder = model.micron_bert, model.decoder
        self.embeddings, self.norm, self.micro = base.embeddings, base.norm, base.micro_attention
        self.layers = nn.ModuleList(PlainLayer(layer) for layer in base.layers)
        self.decoder, self.decoder_layers = decoder, nn.ModuleList(PlainLayer(layer) for layer in decoder.layers)

    def encode(self, frame):
        x = self.embeddings.projection(frame).flatten(2).transpose(1, 2) + self.embeddings.positions[:, 1:]
        x = torch.cat([self.embeddings.cls_token.expand(len(x), -1, -1), x], dim=1)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)

    def forward(self, onset, later):
        onset, later = self.encode(onset)[:, 1:], self.encode(later)[:, 1:]
        query, key, value = self.micro.query(later), self.micro.key(onset), self.micro.value(onset)
        attention = (query @ key.transpose(-2, -1) * query.shape[-1] ** -0.5).softmax(dim=-1)
        diagonal = torch.diagonal(attention, dim1=-2, dim2=-1)
        return self.micro.proj(diagonal[..., None] * value)

    def loss(self, onset, later, mask):
        latent = self(swap_patches(onset, later, mask, 8), later)
        x = self.decoder.embed(latent) + self.decoder.positions[:, 1:]
        for layer in self.decoder_layers:
            x = layer(x)
        return nn.functional.mse_loss(self.decoder.to_pixels(self.decoder.norm(x)), patchify(onset, 8))


def build() -> tuple[MicronBertForPreTraining, PlainMicronBert]:
    torch.manual_seed(0)
    # no gate and no agreement loss: what the release's own step has in common with this one
    config = MicronBertConfig(interest_gate=False, agreement_weight=0.0)
    model = MicronBertForPreTraining(config)
    return model, PlainMicronBert(model)


def clock() -> float:
    """Processor seconds on one thread, which neighbours on the machine do not lengthen; else those on the wall."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def medians(functions: dict, repeats: int) -> dict[str, float]:
    """Median seconds of each function, called in turn."""
    taken = {name: [] for name in functions}
    for function in functions.values():
        function()
    for _ in range(repeats):
        for name, function in functions.items():
            start = clock()
            function()
            taken[name].append(clock() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


def training_step(side: str, batch: int):
    """A function that does one forward and backward pass of one side."""
    model, plain = build()
    model.train()
    frames = torch.randn(batch, 2, 3, 224, 224)
    mask = draw_swap_mask(batch, 784, 0.5, torch.Generator().manual_seed(0))

    def step():
        model.zero_grad(set_to_none=True)
        if side == "plain":
            loss = plain.loss(frames[:, 0], frames[:, 1], mask)
        else:
            with torch.autocast("cpu", torch.bfloat16, enabled="bfloat16" in side):
                loss = model(frames, swap_mask=mask).loss
        loss.backward()

    return step


def peak_of_step(side: str, batch: int, threads: int) -> float:
    """MiB that a training step needs on top of the model, in a fresh process (Linux)."""
    code = f"""
import re, sys, torch
sys.path.insert(0, {str(Path(__file__).parent)!r})
import published_size
torch.set_num_threads({threads})
step = published_size.training_step({side!r}, {batch})
def status(key):
    return int(re.search(key + r":\\s+(\\d+)", open("/proc/self/status").read())[1])
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
before = status("VmRSS")
step()
print(status("VmHWM") - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return int(done.stdout.split()[-1]) / 1024


def row(name: str, ours: float, theirs: float, unit: str = "ms"):
    print(f"| {name} | {theirs:.0f} {unit} | {ours:.0f} {unit} | {theirs / ours:.2f}× |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--batch", type=int, default=2, help="pairs in a training step")
    parser.add_argument("--compile", action="store_true", help="add rows with torch.compile (needs a C++ compiler)")
    parser.add_argument("--skip-training", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model, plain = build()
    model.eval(), plain.eval()
    base = model.micron_bert
    clip = torch.randn(1, 16, 3, 224, 224)
    pair = clip[:, :2]

    with torch.no_grad():
        torch.testing.assert_close(
            base(pair).micro_hidden_state[:, 0], plain(pair[:, 0], pair[:, 1]), atol=1e-5, rtol=0
        )
        print(f"torch {torch.__version__}, {args.threads} thread(s), median of {args.repeats}, float32 unless said\n")
        print("| published size, 224 px | plain transcription | micron-bert | ratio |\n|---|---|---|---|")
        sides = {"ours": lambda: base(pair), "plain": lambda: plain(pair[:, 0], pair[:, 1])}
        if args.compile:
            compiled = torch.compile(base)
            sides["compiled"] = lambda: compiled(pair)
        half = torch.autocast("cpu", torch.bfloat16)

        def in_bfloat16():
            with half:
                base(pair)

        sides["bfloat16"] = in_bfloat16
        taken = medians(sides, args.repeats)
        row("a pair", 1e3 * taken["ours"], 1e3 * taken["plain"])
        if args.compile:
            row("a pair, `torch.compile`", 1e3 * taken["compiled"], 1e3 * taken["plain"])
        row("a pair, bfloat16 autocast", 1e3 * taken["bfloat16"], 1e3 * taken["plain"])

        def separate_pairs():
            for i in range(1, 16):
                base(clip[:, [0, i]])

        taken = medians({"ours": lambda: base(clip), "plain": separate_pairs}, max(3, args.repeats // 2))
        row("a clip of 16 frames, beside 15 pairs of our own", 1e3 * taken["ours"], 1e3 * taken["plain"])

    if not args.skip_training:
        sides = ("micron-bert", "micron-bert in bfloat16", "plain")
        taken = medians({side: training_step(side, args.batch) for side in sides}, max(3, args.repeats // 2))
        peaks = {side: peak_of_step(side, args.batch, args.threads) for side in sides}
        for side in sides[:2]:
            kind = side.removeprefix("micron-bert")
            row(f"a training step of {args.batch} pairs{kind}", 1e3 * taken[side], 1e3 * taken["plain"])
            row(f"its peak memory{kind}", peaks[side], peaks["plain"], "MiB")


if __name__ == "__main__":
    main()

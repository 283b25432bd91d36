"""
What each objective of pre-training is worth: the same start, the same time or steps, the same few labels afterwards.

    python benchmarks/objectives.py --films FOLDER … --others FOLDER --faces FOLDER … --work FOLDER [--seconds 600]

1. `tiny` is pre-trained with each objective for `--seconds` of processor time, or `--steps`: pairs of frames of the
   films, and synthetic pairs of the photographed people who are not held out, without their labels. The agreement
   loss, which all objectives share, is off.
2. The encoder stays as it is, and a linear classifier is fitted on micro-attention's output (*linear probe*); then
   the whole model is fine-tuned on the same few labelled pairs.
3. Both are tested on synthetic pairs of people whom nobody has seen, and on real pairs of `--others`, people who talk
   and express nothing on purpose: every expression that is found there is a false alarm.

What is finished stays in `--work`, and the same command goes on behind it; pre-training goes on from the last of its
checkpoints. Once the pairs are made, `--objectives` lets each core have a row of its own.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch

from micron_bert import MicronBertConfig, MicronBertForPreTraining, MicronBertForVideoClassification
from micron_bert.data.examples.aligned_videos import aligned_videos
from micron_bert.data.examples.moments import VideoMoments
from micron_bert.data.examples.registered import register_frames
from micron_bert.labels.emotions import LABELS
from micron_bert.metrics.classes import unweighted_f1
from micron_bert.model.architecture_micron_bert import OBJECTIVES
from micron_bert.model.image_processing_micron_bert import MicronBertImageProcessor
from micron_bert.synthesis.pairs import SyntheticPairs
from micron_bert.synthesis.portraits import load_portraits, split_identities
from micron_bert.training.run import keep_memory

SIZE, BATCH, INTERVAL = 112, 32, (0.05, 0.35)
NONE = LABELS.index("none")
NOTHING = "nothing"  # the start itself
WAYS = ("probe", "fine-tuned")  # how an encoder is judged
CHECKPOINT = 300  # seconds of the processor between two of them
REGIONS = 7  # rows and columns that the probe averages micro-attention over
RIDGE = 1e-1  # of the probe, times the mean square of its features


def show(pairs: list) -> np.ndarray:
    """Two frames each, the later one registered: `(N, 2, S, S, 3)`, uint8."""
    return np.stack([np.stack(register_frames(list(frames))[0]) for frames in pairs])


def prepare(args) -> dict[str, np.ndarray]:
    """All pairs of the benchmark, made once."""
    path = args.work / "pairs.npz"
    if path.is_file():
        return dict(np.load(path))
    seen, unseen = split_identities(load_portraits(args.faces, size=SIZE), 0.4)
    few, tested = split_identities(unseen, 0.6, 1)
    rng = np.random.default_rng(0)
    own, others = (
        VideoMoments(aligned_videos(where, SIZE, args.work / "videos"), INTERVAL)
        for where in (args.films, args.others)
    )
    unlabelled = SyntheticPairs(seen, SIZE, seed=1, length=args.pool)
    shown = [own.draw(0, rng) for _ in range(args.pool)] + [unlabelled[n].frames for n in range(args.pool)]
    pairs = {"unlabelled": show(shown), "real": show([others.draw(0, rng) for _ in range(args.tests)])}
    for name, people, count, seed in (("few", few, args.few, 2), ("test", tested, args.tests, 3)):
        drawn = SyntheticPairs(people, SIZE, seed=seed, length=count)
        drawn = [drawn[number] for number in range(count)]
        pairs |= {name: show([pair.frames for pair in drawn]), f"{name}_labels": np.array([p.label for p in drawn])}
    print(f"{len(seen)} people are seen, {len(few)} have labels, {len(tested)} are tested")
    part = path.with_suffix(".part.npz")
    np.savez(part, **pairs)
    part.replace(path)
    return pairs


class Frames:
    """Pairs as the model takes them."""

    def __init__(self, pairs: np.ndarray):
        self.pairs, self.processor = pairs, MicronBertImageProcessor(size={"height": SIZE, "width": SIZE})

    def __getitem__(self, rows) -> torch.Tensor:
        frames = self.pairs[rows]
        values = self.processor(list(frames.reshape(-1, *frames.shape[2:])), return_tensors="pt")["pixel_values"]
        return values.reshape(len(frames), 2, *values.shape[-3:])

    def batches(self):
        for first in range(0, len(self.pairs), BATCH):
            yield self[slice(first, first + BATCH)]


def optimise(model, batches, seconds: float, steps: int = 0, rate: float = 1e-3, path: Path | None = None):
    """
    Steps until the batches or the processor's seconds are used up, or as many as are told; how many, and the mean of
    the last losses.

    `batches` takes the number of the first one. `path` keeps the state, and a second call goes on from there.
    """
    learning = [one for one in model.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(learning, lr=rate, weight_decay=0.05, betas=(0.9, 0.98))
    losses, before = [], 0.0
    if path is not None and path.is_file():
        state = torch.load(path, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
        losses, before = state["losses"], state["spent"]
    begun = kept = time.process_time()
    for number, batch in enumerate(batches(len(losses)), len(losses)):
        spent = before + time.process_time() - begun
        done = number / steps if steps else spent / seconds
        if done >= 1:
            break
        warm = min(1.0, (number + 1) / 20)
        for group in optimizer.param_groups:
            group["lr"] = rate * warm * (1 + np.cos(np.pi * done)) / 2
        output = model(**batch)
        output.loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        optimizer.zero_grad()
        if hasattr(model, "follow"):
            model.follow()
        losses.append(output.loss.item())
        if path is not None and time.process_time() - kept > CHECKPOINT:
            kept = time.process_time()
            state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "losses": losses}
            part = path.with_suffix(".part")
            torch.save(state | {"random": torch.get_rng_state(), "spent": before + kept - begun}, part)
            part.replace(path)
            print(f"{path.stem}: {before + kept - begun:.0f} s, step {len(losses)}", file=sys.stderr, flush=True)
    return len(losses), float(np.mean(losses[-20:]))


def epochs(frames: Frames, passes: int, labels: np.ndarray | None = None, seed: int = 0):
    """Batches in an order of their own for each pass, as a function of the number of the first one."""

    def batches(first: int):
        rng, whole = np.random.default_rng(seed), len(frames.pairs) // BATCH
        for number in range(passes):
            order = rng.permutation(len(frames.pairs))
            for batch in range(min(max(first - number * whole, 0), whole), whole):
                rows = order[batch * BATCH : (batch + 1) * BATCH]
                truth = {} if labels is None else {"labels": torch.from_numpy(labels[rows])}
                yield {"pixel_values": frames[rows], **truth}

    return batches


def pretrain(objective: str, pairs: dict, args) -> dict:
    """Pre-trains for the time that was given; leaves the encoder's weights."""
    torch.manual_seed(0)
    config = MicronBertConfig.preset("tiny", objective=objective, agreement_weight=0.0)
    model = MicronBertForPreTraining(config)
    model.micron_bert.load_state_dict(torch.load(args.work / "start.pt", weights_only=True))
    model.follow(start=True)
    path = args.work / f"{objective}.checkpoint"
    steps, loss = optimise(
        model.train(), epochs(Frames(pairs["unlabelled"]), 10**6), args.seconds, args.steps, path=path
    )
    torch.save(model.micron_bert.state_dict(), args.work / f"{objective}.pt")
    path.unlink(missing_ok=True)
    return {"steps": steps, "loss": loss}


@torch.no_grad()
def probe(model: MicronBertForVideoClassification, pairs: dict) -> tuple[np.ndarray, np.ndarray]:
    """Logits of a linear classifier on the frozen encoder, of the test pairs and of the real ones."""

    def features(name):
        found = []
        for values in Frames(pairs[name]).batches():
            context = model.micron_bert(values).micro_hidden_state[:, 0]
            grid = context.transpose(1, 2).unflatten(2, (SIZE // 8, SIZE // 8))
            found.append(torch.nn.functional.adaptive_avg_pool2d(grid, REGIONS).flatten(1))
        return torch.cat(found).double()

    few, test, real = map(features, ("few", "test", "real"))
    mean, deviation = few.mean(0), few.std(0) + 1e-6
    few, test, real = ((one - mean) / deviation for one in (few, test, real))
    truth = torch.nn.functional.one_hot(torch.from_numpy(pairs["few_labels"]), len(LABELS)).double()
    kernel = few @ few.T
    weights = torch.linalg.solve(
        kernel + RIDGE * kernel.diagonal().mean() * torch.eye(len(few)), truth - 1 / len(LABELS)
    )
    return (test @ few.T @ weights).numpy(), (real @ few.T @ weights).numpy()


@torch.no_grad()
def answers(model: MicronBertForVideoClassification, pairs: np.ndarray) -> np.ndarray:
    return torch.cat([model(values).logits for values in Frames(pairs).batches()]).numpy()


def judge(logits: np.ndarray, real: np.ndarray, labels: np.ndarray) -> dict:
    """
    UF1 of the four classes; and false alarms with the threshold at which four of five movements are noticed.

    The threshold is each model's own: one that notices less would otherwise seem to be the quieter one.
    """
    evidence, of_real = (np.delete(one, NONE, 1).max(1) - one[:, NONE] for one in (logits, real))
    moves = labels != NONE
    threshold = np.quantile(evidence[moves], 0.2)
    return {
        "uf1": unweighted_f1(labels, logits.argmax(1), len(LABELS)),
        "still": float((evidence[~moves] >= threshold).mean()),
        "real": float((of_real >= threshold).mean()),
    }


def measure(objective: str, pairs: dict, args) -> dict:
    """Linear probe of one pre-trained encoder, and its fine-tuning from one seed."""
    torch.manual_seed(1 + args.seed)
    names = dict(enumerate(LABELS))
    model = MicronBertForVideoClassification(MicronBertConfig.preset("tiny", id2label=names)).eval()
    source = "start" if objective == NOTHING else objective
    model.micron_bert.load_state_dict(torch.load(args.work / f"{source}.pt", weights_only=True))
    probed = judge(*probe(model, pairs), pairs["test_labels"])
    optimise(model.train(), epochs(Frames(pairs["few"]), args.passes, pairs["few_labels"], args.seed), args.tuning)
    model.eval()
    tuned = judge(answers(model, pairs["test"]), answers(model, pairs["real"]), pairs["test_labels"])
    return {"probe": probed, "fine-tuned": tuned}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("films", "others", "faces"):
        parser.add_argument(f"--{name}", nargs="+", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=600, help="of processor time for each objective")
    parser.add_argument("--steps", type=int, default=0, help="as many instead, whatever time they take")
    parser.add_argument("--tuning", type=float, default=60, help="the same for fine-tuning")
    parser.add_argument("--pool", type=int, default=1024, help="pairs of films, and as many of photographs")
    parser.add_argument("--few", type=int, default=256, help="labelled pairs")
    parser.add_argument("--tests", type=int, default=512, help="pairs that are tested, of each kind")
    parser.add_argument("--passes", type=int, default=40, help="over the labelled pairs at most")
    rows = (NOTHING, *OBJECTIVES)
    parser.add_argument("--objectives", nargs="+", default=rows, choices=rows, help="only these rows")
    parser.add_argument("--seed", type=int, default=0, help="of fine-tuning: its head, and the order of the pairs")
    parser.add_argument("--threads", type=int, default=1, help="of the processor, for one row (default: 1)")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    keep_memory()
    args.work.mkdir(parents=True, exist_ok=True)
    pairs = prepare(args)
    if not (args.work / "start.pt").is_file():
        torch.manual_seed(0)
        start = MicronBertForVideoClassification(MicronBertConfig.preset("tiny")).micron_bert
        torch.save(start.state_dict(), args.work / "start.pt")
    print(
        f"| pre-trained by | steps | loss | probe: UF1 | false alarms, synthetic | real | tuned: UF1 "
        f"| false alarms, synthetic | real |\n|{'---|' * 9}"
    )
    measured = f"seed_{args.seed}"
    for objective in args.objectives:
        path = args.work / f"{objective}.json"
        row = json.loads(path.read_text()) if path.is_file() else {}
        if not row:
            row = {"steps": 0, "loss": float("nan")} if objective == NOTHING else pretrain(objective, pairs, args)
            path.write_text(json.dumps(row))
        if measured not in row:
            row[measured] = measure(objective, pairs, args)
            path.write_text(json.dumps(row))
        scores = [f"{row[measured][way][name]:.3f}" for way in WAYS for name in ("uf1", "still", "real")]
        print(f"| {objective} | {row['steps']} | {row['loss']:.3f} | {' | '.join(scores)} |", flush=True)


if __name__ == "__main__":
    main()

"""
Every table about a checkpoint, on people held out.

    python -m benchmarks.evidence --faces FOLDER [FOLDER ...] [--model DIR|ID ...] [--output DIR]

Run it from the root of the repository. Pairs are rendered once and kept in `--cache`; an interrupted run goes on when
started again.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

TABLES = ("localisation", "recognition", "false_alarms", "calibration", "robustness", "frame_rate")


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.evidence",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--faces", nargs="+", type=Path, required=True, help="folders with photographs of faces")
    parser.add_argument("--model", nargs="*", default=[], help="checkpoints (default: the one in the package)")
    parser.add_argument(
        "--tables", type=lambda names: names.split(","), default=list(TABLES), help=f"of {','.join(TABLES)}; or none"
    )
    parser.add_argument("--seeds", type=int, default=1, help="sets of pairs per condition; 3 for a report")
    parser.add_argument("--pairs", type=int, default=2000, help="in each set")
    parser.add_argument("--train", type=int, default=4000, help="pairs that the baselines learn from")
    parser.add_argument(
        "--clips", nargs="*", default=[], metavar="FILE[@START-END]",
        help="stretches of real clips, in seconds, in which nobody shows an expression",
    )  # fmt: skip
    parser.add_argument(
        "--films", nargs="*", default=[], metavar="FOLDER",
        help="folders of films of people who express nothing on purpose and whom nothing was trained on",
    )  # fmt: skip
    parser.add_argument(
        "--smiles", nargs=2, type=Path, metavar=("NEUTRAL", "SMILING"),
        help="two of the folders of faces, with a neutral and a smiling photograph of each person",
    )  # fmt: skip
    parser.add_argument("--runs", type=Path, help="a folder with a checkpoint in each folder, to compare them")
    parser.add_argument("--size", type=int, default=112, help="side of the crops in pixels")
    parser.add_argument("--bootstrap", type=int, default=1000, help="resamplings of the people")
    parser.add_argument("--processes", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--threads", type=int, default=1, help="of torch; more only where as many cores are idle")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "micron_bert" / "evidence")
    parser.add_argument("--output", type=Path, default=Path("out/evidence"), help="results.json, report.md, plots")
    args = parser.parse_args(argv)
    args.tables = [] if args.tables == ["none"] else args.tables
    unknown = [name for name in args.tables if name not in TABLES]
    if unknown:
        parser.error(f"there is no table `{unknown[0]}`; choose from {', '.join(TABLES)}")
    for name in ("seeds", "pairs", "train", "processes", "threads", "bootstrap"):
        if getattr(args, name) < 1:
            parser.error(f"`--{name}` is {getattr(args, name)}; it must be 1 at least")
    return args


def main(argv: list[str] | None = None) -> int:
    args = arguments(argv)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        run(args)
    except (ValueError, OSError) as error:
        print(f"benchmarks.evidence: {error}", file=sys.stderr)
        return 2
    return 0


def run(args: argparse.Namespace) -> None:
    """Makes the tables, printing each as soon as it is there."""
    import cv2
    from transformers.utils import logging

    from benchmarks.evidence.answers import Checkpoint
    from benchmarks.evidence.bench import Bench
    from benchmarks.evidence.faces import Faces
    from benchmarks.evidence.plots import draw

    cv2.setNumThreads(1)
    logging.disable_progress_bar()
    args.cache.mkdir(parents=True, exist_ok=True)
    args.output.mkdir(parents=True, exist_ok=True)
    faces = Faces.load(args.faces, args.size, args.cache)
    bench = Bench(
        faces, args.cache, args.seeds, args.pairs, args.train, args.processes, args.bootstrap,
        report=lambda sentence: print(sentence, file=sys.stderr, flush=True),
    )  # fmt: skip
    checkpoints = [Checkpoint(source, args.size, args.threads) for source in args.model or [None]]
    results = {
        "version": bench.version,
        "command": "python -m benchmarks.evidence " + " ".join(sys.argv[1:]),
        "settings": {name: getattr(args, name) for name in ("seeds", "pairs", "train", "size", "bootstrap")},
        "people": {"training": faces.count(faces.train), "held out": faces.count(faces.test)},
        "tables": {},
    }
    print(
        f"Benchmark `{bench.version}`: {args.pairs} pairs x {args.seeds} seeds of {results['people']['held out']} "
        f"people held out; baselines learn from {args.train} pairs of {results['people']['training']} others. "
        "Brackets: 95 % interval over people.\n"
    )
    report = []
    for make in makers(args, bench, checkpoints):
        start = time.perf_counter()
        tables = make()
        for table in tables if isinstance(tables, list) else [tables]:
            table.seconds = time.perf_counter() - start
            results["tables"][table.name] = table.as_dict()
            report.append(table.markdown(bench.version))
            print(report[-1], flush=True)
        _write(args.output / "results.json", json.dumps(results, indent=1))
        _write(args.output / "report.md", "\n".join(report))
    draw(results, args.output)


def makers(args: argparse.Namespace, bench, checkpoints: list) -> Iterator[Callable]:
    """What makes each table that was asked for."""
    from benchmarks.evidence.ablations import compare_runs
    from benchmarks.evidence.calibration import calibrate
    from benchmarks.evidence.false_alarms import count_false_alarms
    from benchmarks.evidence.frame_rate import slow_down
    from benchmarks.evidence.localisation import localise
    from benchmarks.evidence.real_film import judge_pairs
    from benchmarks.evidence.recognition import recognise
    from benchmarks.evidence.robustness import endure
    from benchmarks.evidence.smiles import name_smiles
    from benchmarks.evidence.stretches import Stretch, watch
    from benchmarks.evidence.whole_films import judge_films

    stretches = [Stretch.parse(text) for text in args.clips]
    named = dict(zip(TABLES, (localise, recognise, count_false_alarms, calibrate, endure, slow_down), strict=True))
    for name in args.tables:
        yield partial(named[name], bench, checkpoints)
    if stretches:
        yield partial(watch, bench, checkpoints, stretches)
    if args.films:
        yield partial(judge_pairs, bench, checkpoints, args.films)
        yield partial(judge_films, bench, checkpoints, args.films)
    if args.smiles:
        yield partial(name_smiles, bench, checkpoints, *args.smiles)
    if args.runs:
        yield partial(compare_runs, bench, args.runs, args.threads)


def _write(path: Path, text: str) -> None:
    scratch = path.with_name(f"{path.name}.tmp")
    scratch.write_text(text)
    os.replace(scratch, path)


if __name__ == "__main__":
    sys.exit(main())

"""`micron-bert evaluate-spotting DATASET PATH`: find the expressions in a database of long videos, and score that."""

from micron_bert.arguments.strictness import add_strictness, check_strictness
from micron_bert.cli.answer import add_json, print_answer


def add_arguments(parser) -> None:
    parser.add_argument(
        "dataset",
        metavar="DATASET",
        help="casme_sq2, samm_long, smic_hs_e, smic_vis_e, smic_nir_e, casme3, or films (of `synthesize --films`)",
    )
    parser.add_argument("path", metavar="PATH", help="folder of the dataset as its owners hand it out")
    parser.add_argument("--output", required=True, metavar="DIR", help="folder for the report; a run goes on in it")
    parser.add_argument("--annotation", metavar="FILE", help="the sheet; looked for in PATH if left out")
    parser.add_argument(
        "--predictions",
        metavar="FILE",
        help="score this file of predictions (subject, video, onset, offset, emotion) instead of spotting",
    )
    parser.add_argument("--model", metavar="DIR|ID", help="a fine-tuned μ-BERT; the shipped one if left out")
    add_strictness(parser)
    parser.add_argument(
        "--as-it-comes", action="store_true", help="without thresholds chosen on the other subjects, and baselines"
    )
    add_json(parser)
    parser.add_argument("--processes", type=int, default=1, help="at work (default: 1)")


def main(args) -> int:
    """Prints the table and where the report is."""
    import sys
    from pathlib import Path

    from micron_bert.errors import InputError
    from micron_bert.evaluation.spotting.database import evaluate_predictions, evaluate_spotting, score_table
    from micron_bert.evaluation.spotting.long_videos import read_long_videos
    from micron_bert.evaluation.spotting.submission import prediction_file
    from micron_bert.output_folder import check_output

    if args.processes < 1:
        raise InputError(f"`--processes` is `{args.processes}`; at least one is needed.")
    check_strictness(args.strictness)
    folder = check_output(
        args.output,
        [args.path, *filter(None, [args.predictions])],
        ("report.json", "report.md", "spotted.csv"),
        _is_ours,
    )

    def tell(said: str) -> None:
        print(said, file=sys.stderr, flush=True)

    videos, remarks = read_long_videos(args.dataset, args.path, args.annotation)
    for remark in remarks.remarks:
        tell(str(remark))
    if args.predictions is not None:
        report = evaluate_predictions(videos, Path(args.predictions), folder)
    else:
        choose = not args.as_it_comes
        report = evaluate_spotting(
            videos,
            folder,
            args.model,
            args.strictness,
            choose,
            choose,
            args.processes,
            tell,
            prediction_file(args.dataset),
        )
    print_answer(
        args.json,
        lambda: report,
        lambda: "\n".join([*score_table(report["scores"]), str(folder / "report.md")]),
        [],
    )
    return 0


def _is_ours(folder) -> bool:
    """Whether a folder holds an evaluation of spotting, begun or finished."""
    import json

    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        report = {}
    known = isinstance(report, dict) and {"videos", "scores", "version"} <= report.keys()
    return known or (folder / "found").is_dir()

"""`micron-bert sensitivity FILM`: how small a movement is found in a film like this."""

from micron_bert.arguments.stretch import add_neutral, add_stretch, check_stretch, neutral_of
from micron_bert.arguments.strictness import add_strictness, check_strictness
from micron_bert.cli.answer import add_json, print_answer
from micron_bert.cli.recognizer import add_arguments as add_model_arguments
from micron_bert.cli.recognizer import open_recognizer


def add_arguments(parser) -> None:
    parser.add_argument("source", metavar="FILM", help="a film of one face, or a folder of frames")
    parser.add_argument("--count", type=int, default=40, help="expressions to put in, at least (default: 40)")
    parser.add_argument(
        "--sizes",
        type=float,
        nargs=2,
        default=[1.0, 3.0],
        metavar=("LOW", "HIGH"),
        help="smallest and largest movement, in %% of the distance between the eyes (default: 1 3)",
    )
    parser.add_argument(
        "--rate-factor", type=int, metavar="N", help="compress the pictures by H.264 afterwards; 18 is good, 28 poor"
    )
    add_stretch(parser, until="a minute on")
    add_neutral(parser)
    parser.add_argument("--seed", type=int, default=0, help="of all that is random (default: 0)")
    parser.add_argument("--output", metavar="FILE", help="JSON file for the table and every expression")
    add_strictness(parser)
    add_json(parser)
    add_model_arguments(parser)


def main(args) -> int:
    """Measures and answers."""
    from micron_bert.arguments.number import check_bounds
    from micron_bert.errors import InputError
    from micron_bert.output_folder import check_output_file
    from micron_bert.video.reader import existing_path

    args.source = str(existing_path(args.source))
    check_bounds(args, {"count": (1, 10_000), "rate_factor": (0, 51), "seed": (0, 2**32 - 1)}, prefix="--")
    low, high = args.sizes
    if not 0 < low <= high <= 10:
        raise InputError(f"`--sizes` is `{low:g} {high:g}`; give the smaller size first, both above 0 and up to 10 %.")
    check_strictness(args.strictness)
    args.face = 0
    check_stretch(args)
    neutral = neutral_of(args)
    output = None if args.output is None else check_output_file(args.output)

    from tqdm import tqdm

    from micron_bert.evaluation.sensitivity.measurement import measure_sensitivity
    from micron_bert.evaluation.sensitivity.table import describe, to_json
    from micron_bert.output_folder import json_text, write_text
    from micron_bert.recognition.result_files import document
    from micron_bert.spotting.spotter import Spotter

    spotter = Spotter(open_recognizer(args), args.strictness)
    with tqdm(total=args.count, desc="expressions put in", disable=None) as bar:
        measured = measure_sensitivity(
            args.source,
            spotter,
            args.count,
            (low, high),
            args.start,
            args.end,
            args.fps,
            neutral,
            args.rate_factor,
            args.seed,
            lambda done: bar.update(min(done, args.count) - bar.n),
        )
    files = [] if output is None else [output]
    answer = document(to_json(measured), args.source, args.model, files)
    if output is not None:
        write_text(output, json_text(answer))
    print_answer(args.json, lambda: answer, lambda: describe(measured), files)
    return 0

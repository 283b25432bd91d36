"""`micron-bert synthesize FACES OUT`: a data set of synthetic micro-expressions from photographs."""

from micron_bert.arguments.spelling import add_processes


def add_arguments(parser) -> None:
    parser.add_argument("faces", metavar="FACES", help="folder with photographs of faces, seen from the front")
    parser.add_argument("output", metavar="OUT", help="folder for the data set; an interrupted run is continued")
    parser.add_argument("--clips", type=int, default=1000, help="clips in both splits together (default: 1000)")
    parser.add_argument("--fps", type=float, default=30.0, help="frames per second (default: 30)")
    parser.add_argument("--size", type=int, default=112, help="side of the face crops in pixels (default: 112)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another data set (default: 0)")
    parser.add_argument(
        "--test-fraction", type=float, default=0.2, help="share of the people to test on (default: .2)"
    )
    parser.add_argument(
        "--amplitude",
        type=float,
        nargs=2,
        default=(0.3, 2.5),
        metavar=("LOW", "HIGH"),
        help="largest displacement of an expression, %% of the distance of the eyes (default: 0.3 2.5)",
    )
    parser.add_argument(
        "--subject-from",
        choices=("name", "folder"),
        default="name",
        help="what names a person: the file (001_03.jpg and 001_08.jpg show 001) or its folder (default: name)",
    )
    parser.add_argument(
        "--faces-from",
        nargs="+",
        default=(),
        metavar="SET",
        help="the published sets that FACES is from (london, canada, congress), to be credited",
    )
    parser.add_argument(
        "--films",
        type=int,
        metavar="N",
        help="no data set but N long films (640x480) of the people to test on, a quarter of them without any "
        "micro-expression, with tables of what happens in them",
    )
    parser.add_argument("--duration", type=float, default=60.0, help="seconds of a film (default: 60)")
    add_processes(parser)
    parser.add_argument("--face-models", metavar="DIR", help="folder with the face models (default: the user's cache)")


def main(args) -> int:
    """Writes the data set or the films and prints where they are."""
    from micron_bert.arguments.number import check_bounds
    from micron_bert.arguments.unused import refuse_unused
    from micron_bert.output_folder import begun, check_output
    from micron_bert.synthesis.clips.settings import SETTINGS_FILE
    from micron_bert.synthesis.films.film_set import SETTINGS

    if args.films is None:
        refuse_unused(args, ("duration",), "is for `--films`")
    else:
        refuse_unused(args, ("clips", "size", "amplitude", "faces_from"), "is for a data set, not for `--films`")
    bounds = {"size": (32, 4096), "seed": (0, 2**32 - 1), "test_fraction": (0, 0.9), "processes": (1, 1024)}
    check_bounds(args, bounds | {"films": (1, 1_000_000), "duration": (1, 86_400)}, prefix="--")
    record = SETTINGS_FILE if args.films is None else SETTINGS
    args.output = check_output(args.output, [args.faces], ours=begun(record), option="OUT")
    if args.films is not None:
        return _films(args)
    import sys

    import cv2
    from datasets.utils.logging import disable_progress_bar
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from micron_bert.synthesis.clips.dataset import DatasetSettings, write_dataset
    from micron_bert.synthesis.portraits import load_portraits

    disable_progress_bar()
    cv2.setNumThreads(1)
    settings = DatasetSettings(
        clips=args.clips,
        fps=args.fps,
        size=args.size,
        seed=args.seed,
        test_fraction=args.test_fraction,
        amplitude=tuple(args.amplitude),
        sources=tuple(args.faces_from),
    )
    portraits = load_portraits(
        args.faces,
        size=args.size,
        subject_from=args.subject_from,
        models=args.face_models,
        report=lambda sentence: print(sentence, file=sys.stderr),
    )
    people = len({portrait.subject for portrait in portraits})
    print(f"{len(portraits)} portraits of {people} people")
    columns = (TextColumn("clips"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("clips", total=args.clips)
        path = write_dataset(portraits, args.output, settings, args.processes, lambda count: bar.advance(task, count))
    print(path)
    return 0


def _films(args) -> int:
    import sys
    from dataclasses import replace

    import cv2

    from micron_bert.synthesis.films.event_rates import EventRates
    from micron_bert.synthesis.films.film_set import load_people, plan_films, write_films
    from micron_bert.synthesis.portraits import split_identities

    def tell(said: str) -> None:
        print(said, file=sys.stderr, flush=True)

    cv2.setNumThreads(1)
    people = load_people(args.faces, subject_from=args.subject_from, models=args.face_models, report=tell)
    _, people = split_identities(people, args.test_fraction)
    usual = EventRates()
    calm = args.films // 4
    length, fps, seed = args.duration, args.fps, args.seed
    plans = plan_films(people, args.films - calm, length, fps, usual, "film_", seed)
    plans += plan_films(people, calm, length, fps, replace(usual, micro=0.0), "calm_", seed)
    print(write_films(plans, args.output, args.processes, tell))
    return 0

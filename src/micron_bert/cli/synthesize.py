"""`micron-bert synthesize FACES OUT`: a data set of synthetic micro-expressions from photographs."""


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
    parser.add_argument("--workers", type=int, default=1, help="processes at work (default: 1)")
    parser.add_argument("--face-models", metavar="DIR", help="folder with the face models (default: the user's cache)")


def main(args) -> int:
    """Writes the data set and prints where it is."""
    import sys

    import cv2
    from datasets.utils.logging import disable_progress_bar
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from micron_bert.synthesis.dataset import DatasetSettings, write_dataset
    from micron_bert.synthesis.portrait import load_portraits

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
        path = write_dataset(portraits, args.output, settings, args.workers, lambda count: bar.advance(task, count))
    print(path)
    return 0

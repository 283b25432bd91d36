"""`micron-bert spot VIDEO|FOLDER …`, also of many films."""

from micron_bert.arguments.stretch import add_neutral, add_stretch, check_stretch, neutral_of
from micron_bert.arguments.strictness import STRICTNESS, add_strictness, check_strictness
from micron_bert.cli.answer import add_json, print_answer
from micron_bert.cli.recognizer import add_arguments as add_model_arguments
from micron_bert.cli.recognizer import open_recognizer


def add_arguments(parser):
    parser.add_argument(
        "source", metavar="SOURCE", nargs="+", help="a video, a folder of frames, or a folder of many of these"
    )
    parser.add_argument("--output", metavar="DIR", help="folder for the tables, the curve and the sheet of apexes")
    add_strictness(parser)
    parser.add_argument("--face", default="0", metavar="N|all", help="which face, 0 = the largest (default), or all")
    add_stretch(parser)
    add_neutral(parser)
    parser.add_argument(
        "--figures",
        type=lambda kinds: kinds.split(","),
        default=["png", "pdf"],
        metavar="KINDS",
        help="files that the curve is drawn as, of png, pdf and svg (png,pdf)",
    )
    parser.add_argument(
        "--together", type=int, metavar="N", help="films that are watched side by side (default: 8 on a GPU, else 1)"
    )
    add_json(parser)
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    add_model_arguments(parser)


def main(args) -> int:
    from pathlib import Path

    from micron_bert.arguments.unused import refuse_unused
    from micron_bert.errors import InputError
    from micron_bert.pictures.figure import check_kinds
    from micron_bert.recognition.result_files import check_results
    from micron_bert.video.reader import existing_path

    # mistakes in the input are told before the model is loaded
    args.source = [str(existing_path(source)) for source in args.source]
    if args.together is not None and args.together < 1:
        raise InputError(f"`--together` is `{args.together}`; pass a number of films from 1.")
    if not (args.face == "all" or args.face.isdecimal()):
        raise InputError(f"`--face` is `{args.face}`; pass a number from 0, the largest, or `all`.")
    check_strictness(args.strictness)
    check_stretch(args)
    check_kinds(args.figures)
    neutral = neutral_of(args)
    args.face = args.face if args.face == "all" else int(args.face)
    several = len(args.source) > 1
    if several or _holds_no_picture(Path(args.source[0])):
        from micron_bert.evaluation.spotting.unlabelled import films_of, find_films

        films = films_of([Path(source) for source in args.source]) if several else find_films(Path(args.source[0]))
        if films:
            return spot_set(films, args, neutral)
    refuse_unused(args, ("together",), "is for several films")
    args.source = args.source[0]
    if args.output is not None:
        args.output = check_results(args.output, [args.source])
    return spot(open_recognizer(args), args, neutral, args.strictness, figures=args.figures)


def _holds_no_picture(source) -> bool:
    from micron_bert.video.picture import is_picture

    return source.is_dir() and not any(is_picture(path.name) for path in source.iterdir())


def spot(recognizer, args, neutral, strictness: float = STRICTNESS, labels=None, figures=("png", "pdf")) -> int:
    """Spots the expressions of a film, each named by its whole interval, and answers."""
    from dataclasses import replace

    from micron_bert.recognition.detection import to_json
    from micron_bert.recognition.result_files import document
    from micron_bert.spotting.report import write_report
    from micron_bert.spotting.spotter import Spotter
    from micron_bert.spotting.tables import describe

    source = args.source if isinstance(args.source, str) else args.source[0]
    with FilmProgress(args.start, getattr(args, "quiet", False)) as progress:
        spotting = Spotter(recognizer, strictness).spot(
            source, args.start, args.end, args.fps, args.face, progress=progress, neutral=neutral
        )
    if labels is not None:
        from micron_bert.recognition.naming import interval_named_by

        labels.check(recognizer.runtime.action_units)
        spotting = replace(spotting, intervals=[interval_named_by(one, labels) for one in spotting.intervals])
    files = write_report(spotting, source, args.output, args.fps, args.model, figures) if args.output else []
    print_answer(
        args.json,
        lambda: document(to_json(spotting.detection), source, args.model, files),
        lambda: describe(spotting),
        files,
    )
    return 0


def spot_set(films, args, neutral) -> int:
    """Many films, each with its report in a folder of its own, and the challenge's files of all."""
    import sys

    from micron_bert.errors import InputError
    from micron_bert.evaluation.spotting.unlabelled import SETTINGS, spot_films
    from micron_bert.output_folder import begun, check_output

    if args.output is None:
        raise InputError(f"There are {len(films)} films; name a folder for their reports with `--output`.")
    output = check_output(args.output, args.source, ours=begun(SETTINGS))

    from micron_bert.spotting.report import write_report
    from micron_bert.spotting.spotter import Spotter

    spotter = Spotter(open_recognizer(args), args.strictness)

    def rate(film) -> float | None:
        return args.fps or film.fps

    def spot_several(films):
        shared = {"start": args.start, "end": args.end, "face": args.face, "neutral": neutral}
        options = [shared | {"fps": rate(film)} for film in films]
        return spotter.spot_together([film.source for film in films], args.together, options)

    def write(film, spotting, folder) -> None:
        write_report(spotting, film.source, folder, rate(film), args.model, args.figures)

    def tell(said: str) -> None:
        if not args.quiet:
            print(said, file=sys.stderr, flush=True)

    for fps in sorted({film.fps for film in films if film.fps and not args.fps}):
        tell(f"The challenge's folders of frames are read at {fps:g} frames/s; `--fps` says otherwise.")
    names = ("model", "strictness", "face", "start", "end", "fps", "neutral", "figures", "dtype")
    files, failures = spot_films(
        films, output, {name: getattr(args, name) for name in names}, spot_several, write, tell
    )
    left_out = {str(film.place): reason for film, reason in failures}
    for place, reason in left_out.items():
        print(f"left out: {place}: {reason}", file=sys.stderr)
    print_answer(
        args.json,
        lambda: {"films": len(films), "files": [str(path) for path in files], "left_out": left_out},
        lambda: f"{len(films) - len(failures)} of {len(films)} films looked at",
        files,
    )
    return 1 if failures else 0


class FilmProgress:
    """How far a film has been watched, on standard error, where somebody can see it."""

    def __init__(self, start: float = 0.0, quiet: bool = False):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns = (TextColumn("{task.fields[at]}"), BarColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal)
        self.start, self.task = start, None

    def __enter__(self) -> "FilmProgress":
        self.bar.start()
        return self

    def __exit__(self, *exception) -> None:
        self.bar.stop()

    def __call__(self, time: float, end: float | None) -> None:
        total = None if end is None else max(end - self.start, 0.0)
        if self.task is None:
            self.task = self.bar.add_task("", total=total, at="")
        at = f"{time:.1f} s" if end is None else f"{time:.1f} of {end:.1f} s"
        self.bar.update(self.task, completed=time - self.start, at=at)

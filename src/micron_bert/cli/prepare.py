"""`micron-bert prepare DATASET PATH --output DIR`: aligned face crops that `load_dataset` reads anywhere."""

from micron_bert.arguments.reading import add_reading
from micron_bert.arguments.spelling import add_processes
from micron_bert.cli.cluster import add_cluster, need_datatrove, read_cluster
from micron_bert.labels.classes import LABELLINGS


def add_arguments(parser) -> None:
    parser.add_argument("dataset", metavar="DATASET", help="casme2, samm, smic_hs, …; see `micron-bert doctor list`")
    parser.add_argument("path", metavar="PATH", help="folder of the dataset as its owners hand it out")
    parser.add_argument("--output", metavar="DIR", required=True, help="folder to write; an interrupted run goes on")
    parser.add_argument(
        "--frames", choices=("pair", "clip"), default="pair", help="onset and apex, or onset to offset (default: pair)"
    )
    parser.add_argument(
        "--apex",
        nargs="+",
        choices=("annotated", "midpoint", "spotted", "none"),
        default=["annotated"],
        help="where the apex comes from, the first that there is; `none` keeps clips without (default: annotated)",
    )
    parser.add_argument(
        "--label",
        default="emotion",
        metavar="LABEL",
        help="the column `label`: the word of the sheet (emotion, the default), or a protocol's classes, which leave "
        f"clips out: {', '.join(LABELLINGS)}",
    )
    parser.add_argument("--size", type=int, default=112, help="side of the crops in pixels (default: 112)")
    add_processes(parser)
    add_cluster(parser)
    parser.add_argument("--annotation", metavar="FILE", help="the sheet, where it is not in the folder")
    parser.add_argument("--variant", choices=("raw", "cropped"), help="which pictures, where there are both")
    add_reading(parser)
    parser.add_argument("--tolerance", type=int, default=1, help="frames to the nearest picture (default: 1)")
    parser.add_argument("--no-registration", action="store_true", help="leave the crops as the alignment makes them")
    parser.add_argument(
        "--cropped", action="store_true", help="the pictures are aligned crops: resize and register them"
    )
    parser.add_argument("--face-models", metavar="DIR", help="folder with the face models (default: the user's cache)")


def main(args) -> int:
    """Writes the crops, says what was left out, and prints where they are."""
    import sys

    import cv2
    from datasets.utils.logging import disable_progress_bar
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from micron_bert.arguments.number import check_bounds
    from micron_bert.data.loading import load
    from micron_bert.data.prepared.crops import CropSettings
    from micron_bert.data.prepared.prepare import SETTINGS_FILE, prepare
    from micron_bert.output_folder import begun, check_output

    cluster = read_cluster(args)
    check_bounds(args, {"size": (32, 4096), "tolerance": (0, 1000), "processes": (1, 1024)}, prefix="--")
    output = check_output(args.output, [args.path], ours=begun(SETTINGS_FILE))
    disable_progress_bar()
    cv2.setNumThreads(1)
    settings = CropSettings(
        frames=args.frames,
        apex=tuple(args.apex),
        size=args.size,
        label=args.label,
        register=not args.no_registration,
        cropped=args.cropped,
        models=args.face_models,
    )
    loaded = load(
        args.dataset,
        args.path,
        args.annotation,
        args.variant,
        "listed",
        args.tolerance,
        action_units=args.action_units,
        outside=args.outside,
    )
    for remark in (*loaded.report.dropped, *loaded.report.mended):
        print(remark, file=sys.stderr)
    if args.executor != "local":
        need_datatrove()
        from micron_bert.data.prepared.cluster import prepare_on

        job = prepare_on(cluster, loaded, output, settings)
        if job:
            print(f"job {job} is queued; when it has ended, the same command finishes `{output}`")
            return 0
    columns = (TextColumn("clips"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("clips", total=len(loaded.clips))
        done = prepare(loaded, output, settings, args.processes, lambda count: bar.advance(task, count))
    for failure in done.failures:
        print(f"left out: {failure['clip']}: {failure['reason']}", file=sys.stderr)
    print(f"{done.clips} clips, {len(done.failures)} left out; see report.json there", file=sys.stderr)
    print(done.path)
    return 0

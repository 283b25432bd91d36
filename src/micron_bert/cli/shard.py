"""`micron-bert shard FILMS… --output URL`: films to shards of aligned faces, on one machine or a cluster."""

import sys

from micron_bert.arguments.spelling import add_processes
from micron_bert.cli.cluster import add_cluster, need_datatrove, read_cluster


def add_arguments(parser) -> None:
    parser.add_argument(
        "films",
        nargs="*",
        metavar="FILMS",
        help="films, folders of films or of frames, addresses (hf://, s3://, …), or NAME:FOLDER for a dataset",
    )
    parser.add_argument("--output", required=True, metavar="URL", help="folder or bucket; a run goes on in it")
    parser.add_argument("--verify", action="store_true", help="make nothing; check every shard by its checksum")
    parser.add_argument(
        "--person", default="film", help="whom a film shows: film, folder, or a regular expression with one group"
    )
    parser.add_argument("--films-per-shard", type=int, default=4, help="neighbouring films in a shard (default: 4)")
    parser.add_argument("--size", type=int, default=112, help="side of the faces in pixels (default: 112)")
    parser.add_argument("--seconds", type=float, default=2.0, help="longest clip (default: 2)")
    parser.add_argument("--eye-distance", type=float, default=24.0, help="least, in pixels of the film (default: 24)")
    parser.add_argument(
        "--keep-still", type=float, default=0.25, help="share kept of clips in which nothing moves (default: 0.25)"
    )
    parser.add_argument("--codec", choices=("jpeg", "webp"), default="jpeg", help="of the frames (default: jpeg)")
    parser.add_argument("--quality", type=int, default=95, help="of the frames, 1 to 100 (default: 95)")
    add_processes(parser, does="tasks at once")
    add_cluster(parser)


def main(args) -> int:
    """Prints what the shards hold and what was left out; 1 where a shard is missing or damaged."""
    from micron_bert.data.shards.clips import ShardSettings
    from micron_bert.data.shards.films import list_films
    from micron_bert.data.shards.plan import PLAN, make_plan, read_plan, write_plan
    from micron_bert.data.shards.report import report_shards
    from micron_bert.data.shards.store import Store
    from micron_bert.errors import InputError
    from micron_bert.output_folder import begun, check_output

    if args.verify and args.films:
        raise InputError("`--verify` makes nothing, so leave FILMS out.")
    store = Store(args.output)
    if store.local and not args.verify:
        folders = [source.partition(":")[2] for source in args.films]  # of `NAME:FOLDER`
        check_output(store.root, [*args.films, *filter(None, folders)], ours=begun(PLAN))
    if args.verify:
        report = report_shards(store, read_plan(store), verify=True)
        print("\n".join(report.lines()))
        return 1 if report.faults else 0
    need_datatrove()
    cluster = read_cluster(args)
    from micron_bert.data.shards.pipeline import make_shards

    settings = ShardSettings(
        size=args.size,
        seconds=args.seconds,
        eye_distance=args.eye_distance,
        keep_still=args.keep_still,
        codec=args.codec,
        quality=args.quality,
    )
    plan = make_plan(list_films(args.films, args.person), settings, args.films_per_shard)
    write_plan(store, plan)
    run = make_shards(store, plan, cluster, lambda said: print(said, file=sys.stderr, flush=True))
    if run.job:
        print(f"job {run.job} is queued; see how far: `micron-bert shard --verify --output {args.output}`")
        return 0
    report = report_shards(store, plan, faults=run.faults)
    print("\n".join(report.lines()))
    return 1 if report.faults else 0

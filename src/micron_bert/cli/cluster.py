"""The options with which a command gives its work to a cluster."""


def add_cluster(parser) -> None:
    """Adds `--executor` and what belongs to it; `--processes` is the command's own."""
    parser.add_argument(
        "--executor", choices=("local", "slurm", "ray"), default="local", help="who works on it (default: local)"
    )
    parser.add_argument("--memory", type=int, default=2, help="GB for a task of Slurm or Ray (default: 2)")
    parser.add_argument("--partition", default="cpu", help="of Slurm (default: cpu)")
    parser.add_argument("--time", default="04:00:00", help="limit of a Slurm task (default: 04:00:00)")
    parser.add_argument(
        "--sbatch", nargs="+", default=[], metavar="NAME=VALUE", help="further options of sbatch, such as account=lab"
    )
    parser.add_argument("--setup", default="", help="shell commands with which a Slurm task begins")


def read_cluster(args):
    """
    The [`~micron_bert.data.shards.cluster.Cluster`] that the options name.

    Raises:
        [`InputError`]: an option does not apply or is malformed.
    """
    from micron_bert.arguments.unused import refuse_unused
    from micron_bert.data.shards.cluster import Cluster
    from micron_bert.errors import InputError

    if args.executor != "slurm":
        refuse_unused(args, ("partition", "time", "sbatch", "setup"), "is for `--executor slurm`")
    if args.executor == "local":
        refuse_unused(args, ("memory",), "is for `--executor slurm` and `ray`")
    for option in args.sbatch:
        if "=" not in option.strip("="):
            raise InputError(f"`--sbatch` has `{option}`; give options as NAME=VALUE, such as account=lab.")
    options = dict(option.lstrip("-").split("=", 1) for option in args.sbatch)
    return Cluster(args.executor, args.processes, args.memory, args.partition, args.time, options, args.setup)


def need_datatrove() -> None:
    """
    Raises:
        [`InputError`]: datatrove is not installed.
    """
    from micron_bert.errors import InputError

    try:
        import datatrove  # noqa: F401
        import loguru  # noqa: F401
    except ImportError as error:
        raise InputError(f"This needs datatrove: `pip install 'micron-bert[shard]'` ({error}).") from error

"""`micron-bert publish --repo ORG/NAME`: model, kernel, metrics, Spaces and data set on the Hub."""


def add_arguments(parser) -> None:
    parser.add_argument(
        "--repo", required=True, metavar="ORG/NAME", help="the model's repository; the others are named after it"
    )
    parser.add_argument(
        "--what",
        choices=("model", "kernel", "metric", "space", "space-static", "dataset", "all"),
        default="model",
        help="what to publish; space-static, the page that computes in the browser, is not among all (default: model)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="build the folders and show them with their cards; upload nothing"
    )
    parser.add_argument("--checkpoint", metavar="DIR", help="a fine-tuned model (default: the one in the package)")
    parser.add_argument(
        "--evaluation",
        nargs="+",
        default=[],
        metavar="DIR",
        help="folders that `micron-bert evaluate` wrote about the model, for its card",
    )
    parser.add_argument("--data", metavar="DIR", help="a data set that `micron-bert synthesize --faces-from` wrote")
    parser.add_argument(
        "--output", default="out/hub", metavar="DIR", help="where the folders are built (default: out/hub)"
    )
    parser.add_argument("--private", action="store_true", help="new repositories are visible to their owners only")


def main(args) -> int:
    """Builds each folder and uploads it; asks nothing."""
    from pathlib import Path

    from huggingface_hub.utils import logging as hub_logging
    from transformers.utils import logging

    from micron_bert.errors import InputError
    from micron_bert.publishing.release import stage
    from micron_bert.publishing.repository import check_repo_id
    from micron_bert.publishing.upload import TAG, connect, lacks_kernels, upload

    check_repo_id(args.repo)
    for folder in (args.checkpoint, args.data, *args.evaluation):
        if folder is not None and not (folder and Path(folder).is_dir()):
            raise InputError(f"There is no folder `{folder}`; check the path.")
    without_kernel = None if args.dry_run else lacks_kernels()
    if without_kernel and args.what == "kernel":
        raise InputError(f"Nothing was uploaded: {without_kernel}.")
    logging.disable_progress_bar()
    hub_logging.set_verbosity_error()
    api = None if args.dry_run else connect(args.repo.split("/")[0])
    checkpoint, data = (Path(folder) if folder else None for folder in (args.checkpoint, args.data))
    evaluations = [Path(folder) for folder in args.evaluation]
    for repository in stage(args.what, args.repo, args.output, checkpoint, data, evaluations):
        if api is None:
            _show(repository)
            continue
        if without_kernel and repository.repo_type == "kernel":
            print(f"kernel  {repository.repo_id}: left out, {without_kernel}")
            continue
        published = upload(api, repository, args.private)
        state = "uploaded" if published.changed else "unchanged"
        print(f"{repository.repo_type:8}{repository.repo_id}: {state}, commit {published.commit[:8]}, tag {TAG}")
        if published.tagged != published.commit:
            print(f"        tag {TAG} stays at {published.tagged[:8]}: a changed release needs a new version")
    if args.what == "all" and not args.data:
        print("dataset left out: there was no --data")
    return 0


def _show(repository) -> None:
    print(f"== {repository.repo_type} {repository.repo_id} (nothing was uploaded), built in {repository.folder}")
    for path in repository.files():
        print(f"{(repository.folder / path).stat().st_size:>12,}  {path.as_posix()}")
    print(f"\n{(repository.folder / 'README.md').read_text(encoding='utf-8')}")

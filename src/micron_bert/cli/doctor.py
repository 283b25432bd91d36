"""`micron-bert doctor DATASET PATH`: what is in a copy of a dataset; `doctor gpu`: what a GPU would compute here."""

from micron_bert.arguments.reading import add_reading
from micron_bert.cli.answer import add_json, print_answer

SHOWN = 15  # remarks of a kind, unless all are asked for


def add_arguments(parser) -> None:
    parser.add_argument(
        "dataset", metavar="DATASET", help="casme2, samm, …; `list` names them all, `gpu` tells what runs where"
    )
    parser.add_argument("path", metavar="PATH", nargs="?", help="folder of the dataset as its owners hand it out")
    parser.add_argument("--annotation", metavar="FILE", help="the sheet, where it is not in the folder")
    parser.add_argument("--variant", choices=("raw", "cropped"), help="which pictures, where there are both")
    add_reading(parser)
    parser.add_argument(
        "--check",
        choices=("listed", "key", "all"),
        default="key",
        help="pictures to decode: none, those of onset, apex and offset, or all (default: key)",
    )
    parser.add_argument("--all", action="store_true", help=f"show every remark, not {SHOWN} of each kind")
    add_json(parser)


def main(args) -> int:
    """Prints the findings; 0 when every published clip is there, else 1."""
    from rich.console import Console

    from micron_bert.cli.answer import open_console
    from micron_bert.data.doctor import examine, how_to_get
    from micron_bert.data.loading import find_source
    from micron_bert.data.sources import SOURCES
    from micron_bert.errors import InputError

    if args.dataset == "gpu":
        return _tell_devices(args.json)
    if args.json and (args.path is None or args.dataset == "list"):
        raise InputError("`--json` reports on a copy of a dataset; give its PATH.")
    console = open_console()
    if args.dataset == "list":
        for name, source in SOURCES.items():
            console.print(f"{name:12}{source.title}")
        return 0
    if args.path is None:
        console.print(how_to_get(find_source(args.dataset)[1]))
        return 1
    with Console(stderr=True).status("reading"):
        found = examine(
            args.dataset,
            args.path,
            args.annotation,
            args.variant,
            args.check,
            action_units=args.action_units,
            outside=args.outside,
        )
    if args.json:
        print_answer(True, lambda: _document(found), str, [])
        return 0 if found.healthy else 1
    console.print(found.source.title)
    if found.loaded is not None:
        report = found.loaded.report
        for sheet in report.annotations:
            console.print(f"sheet: {sheet}")
        if report.variant:
            console.print(f"pictures: {report.variant}")
        console.print(f"{report.annotated} clips in the sheet or folder, {found.with_pictures} with their pictures\n")
        _show_counts(console, found)
        _show_remarks(console, report, None if args.all else SHOWN)
    if found.problem:
        console.print(f"missing: {found.problem}\n")
        console.print(how_to_get(found.source))
    return 0 if found.healthy else 1


def _tell_devices(as_json: bool) -> int:
    """Where each step with the model in the package is computed here, and what the kernels do on a GPU."""
    from micron_bert.ops.variants import variants
    from micron_bert.recognition.placement import gpu_of, placement_of
    from micron_bert.recognition.runtimes import open_runtime

    gpu = gpu_of()
    steps = placement_of(open_runtime())
    kernels = variants(gpu.capability or (9, 0))

    def text() -> str:
        heading = "kernels:" if gpu.capability else "kernels, on an H100 (there is no GPU here):"
        return "\n".join([gpu.said, "", *map(str, steps), "", heading, *(f"  {one}" for one in kernels)])

    record = {"gpu": gpu._asdict(), "steps": [step._asdict() for step in steps], "kernels": kernels}
    print_answer(as_json, lambda: record, text, [])
    return 0


def _show_counts(console, found) -> None:
    from rich.table import Table

    if not found.counts:
        return
    table = Table("", "published", "in the sheet", "with pictures", "", box=None, pad_edge=False)
    for column in table.columns[1:4]:
        column.justify = "right"
    for name, published, annotated, loaded in found.counts:
        same = published == annotated == loaded
        table.add_row(name, str(published), str(annotated), str(loaded), "" if same else "differs")
    console.print(table)
    console.print()


def _show_remarks(console, report, limit) -> None:
    for kind, remarks in (("dropped", report.dropped), ("mended", report.mended), ("noted", report.noted)):
        if remarks:
            console.print(f"{len(remarks)} {kind}")
        for remark in remarks[:limit]:
            console.print(f"  {remark.row}: {remark.reason}")
        if limit is not None and len(remarks) > limit:
            console.print(f"  … and {len(remarks) - limit} more; `--all` shows them")


def _document(found) -> dict:
    report = found.loaded.report.as_dict() if found.loaded else None
    counts = [dict(zip(("name", "published", "annotated", "loaded"), line, strict=True)) for line in found.counts]
    return {"problem": found.problem, "counts": counts, "report": report}

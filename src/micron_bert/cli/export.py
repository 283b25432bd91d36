"""`micron-bert export [MODEL] --output DIR`."""


def add_arguments(parser):
    parser.add_argument(
        "model", nargs="?", help="folder or Hub id of a fine-tuned μ-BERT (default: the one in the package)"
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder for the ONNX graphs and their record")
    parser.add_argument(
        "--light", action="store_true", help="only what the package itself runs: no model.onnx, no half precision"
    )


def main(args) -> int:
    from micron_bert.onnx.record import check_folder

    output = check_folder(args.model, args.output)

    from transformers.utils import logging

    from micron_bert.onnx.export import export

    logging.disable_progress_bar()
    record = export(args.model, output, args.light)
    print(f"{'graph':<22}{'MiB':>6}  largest difference from torch")
    for name, graph in record.graphs.items():
        size = (output / name).stat().st_size / 2**20
        print(f"{name:<22}{size:>6.1f}  {graph.largest_difference:.1e}")
    return 0

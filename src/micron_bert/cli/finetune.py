"""`micron-bert finetune`: train a model to recognise emotions or action units."""


def add_arguments(parser) -> None:
    # everything, options and --help too, goes on to the parser of the training arguments
    parser.prefix_chars = ""
    parser.add_argument("arguments", nargs="*")


def main(args) -> int:
    from micron_bert.training.finetune import main as finetune

    return finetune(args.arguments)

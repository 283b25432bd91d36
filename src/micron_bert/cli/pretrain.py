"""`micron-bert pretrain`: train a model without labels."""


def add_arguments(parser) -> None:
    # everything, options and --help too, goes on to the parser of the training arguments
    parser.prefix_chars = ""
    parser.add_argument("arguments", nargs="*")


def main(args) -> int:
    from micron_bert.training.pretrain import main as pretrain

    return pretrain(args.arguments)

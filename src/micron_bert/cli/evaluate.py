"""`micron-bert evaluate`: run a protocol, such as leave one subject out, over prepared clips."""


def add_arguments(parser) -> None:
    # everything, options and --help too, goes on to the parser of the training arguments
    parser.prefix_chars = ""
    parser.add_argument("arguments", nargs="*")


def main(args) -> int:
    from micron_bert.evaluation.evaluate import main as evaluate

    return evaluate(args.arguments)

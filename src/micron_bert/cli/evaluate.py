"""`micron-bert evaluate`: run a protocol, such as leave one subject out, over prepared clips."""


def main(args) -> int:
    from micron_bert.arguments.data import DataArguments
    from micron_bert.arguments.evaluation import UNUSED, EvaluationArguments, about_protocols
    from micron_bert.arguments.help import shows_help
    from micron_bert.arguments.model import ModelArguments
    from micron_bert.arguments.training_defaults import FoldDefaults

    kinds = (EvaluationArguments, ModelArguments, DataArguments, FoldDefaults)
    if shows_help(args.arguments, "micron-bert evaluate", about_protocols(), kinds, UNUSED):
        return 0

    from micron_bert.evaluation.evaluate import main as evaluate

    words = [word for word in args.arguments if word != "--json"]
    return evaluate(words, as_json=len(words) < len(args.arguments))

"""`micron-bert pretrain`: train a model without labels."""

DESCRIPTION = "Train μ-BERT without labels, by blockwise swapping."


def main(args) -> int:
    from micron_bert.arguments.data import DataArguments
    from micron_bert.arguments.help import shows_help
    from micron_bert.arguments.model import ModelArguments
    from micron_bert.arguments.training_defaults import PretrainingDefaults

    kinds = (ModelArguments, DataArguments, PretrainingDefaults)
    if shows_help(args.arguments, "micron-bert pretrain", DESCRIPTION, kinds):
        return 0

    from micron_bert.training.pretrain import main as pretrain

    return pretrain(args.arguments)

"""`micron-bert finetune`: train a model to recognise emotions or action units."""

DESCRIPTION = "Train μ-BERT to recognise emotions or action units."


def main(args) -> int:
    from micron_bert.arguments.data import PRETRAINING, DataArguments
    from micron_bert.arguments.help import shows_help
    from micron_bert.arguments.model import ModelArguments
    from micron_bert.arguments.training_defaults import TrainingDefaults

    kinds = (ModelArguments, DataArguments, TrainingDefaults)
    if shows_help(
        args.arguments,
        "micron-bert finetune",
        DESCRIPTION,
        kinds,
        PRETRAINING,
    ):
        return 0

    from micron_bert.training.finetune import main as finetune

    return finetune(args.arguments)

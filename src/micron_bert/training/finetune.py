"""
Fine-tuning: emotions or action units from synthetic or stored pairs.

`python -m micron_bert.training.finetune RECIPE.yaml [--name value ...]`, the same through `accelerate launch -m`,
`torchrun -m` or `micron-bert finetune`.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from micron_bert.arguments.data import DataArguments
from micron_bert.arguments.exit_code import exit_code
from micron_bert.arguments.model import CONTRAST, ModelArguments
from micron_bert.arguments.recipe import settings_of
from micron_bert.arguments.training import MicronBertTrainingArguments
from micron_bert.checkpoints.starting_model import make_config, make_model, make_processor
from micron_bert.data.examples.labelled import LabelledParts, stored_data, synthetic_data
from micron_bert.data.examples.schedule import Shuffled, whole_batches
from micron_bert.errors import InputError
from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification
from micron_bert.training.frozen import FOLDER, FrozenFeatures, HeadAlone, write_features
from micron_bert.training.launch import run_job
from micron_bert.training.run import save, share_cores, start_of, train
from micron_bert.training.scores import score_action_units, score_classes, score_unit_head
from micron_bert.training.trainer import MicronBertTrainer

SOURCES = ("faces", "dataset")


def load_data(model: ModelArguments, data: DataArguments, training: MicronBertTrainingArguments) -> LabelledParts:
    """The pairs of the whole schedule, and those of the people held out."""
    config = _config(model, data)
    processor = make_processor(model, config)
    batch_size = training.train_batch_size * training.gradient_accumulation_steps * training.world_size
    steps = training.max_steps if training.max_steps > 0 else None
    if data.source(SOURCES) == "faces":
        pairs = whole_batches(data.num_pairs if steps is None else steps * batch_size, batch_size)
        return synthetic_data(data, config, processor, pairs, training.seed)

    def schedule(rows: int) -> int:
        return whole_batches(rows * training.num_train_epochs if steps is None else steps * batch_size, batch_size)

    return stored_data(data, config, processor, schedule, training.seed)


def _config(model: ModelArguments, data: DataArguments, **overrides):
    """The model's configuration, with the action units that the data are to tell beside the classes."""
    if data.action_units and data.source(SOURCES) == "faces":
        config = make_config(model, **overrides)
        if list(config.action_units) != data.action_units:
            overrides |= {"action_units": data.action_units, "action_unit_thresholds": None}
    config = make_config(model, **overrides)
    if model.train_only == CONTRAST and list(make_config(model).action_units) != list(config.action_units):
        raise InputError("`contrast` rests on the units that the checkpoint tells; leave `action_units` out.")
    if model.train_only == CONTRAST and not config.action_units:
        raise InputError(f"`{model.checkpoint}` tells no action units; train a head with finetune_action_units first.")
    if model.train_only and not config.action_units:
        raise InputError("There is no head for action units to train; name the units with `action_units`.")
    return config


def finetune(model: ModelArguments, data: DataArguments, training: MicronBertTrainingArguments) -> dict:
    """
    Trains [`MicronBertForVideoClassification`], scores it on the people held out, and saves it.

    `output_dir` gets the model and its image processor, `training.yaml` (the settings), `subjects.json` (who was shown
    in training and test) and at last `metrics.json`. Called again after an interruption it continues from the last
    complete checkpoint to the same weights.

    Args:
        model ([`ModelArguments`]), data ([`DataArguments`]), training ([`MicronBertTrainingArguments`]):
            What to train, on what, and how.

    Returns:
        `dict`: the content of `metrics.json`.

    Raises:
        InputError: something in the arguments or the data cannot be used.
    """
    settings = settings_of(model, data, training)
    checkpoint = start_of(training, settings)
    share_cores(training)
    # the first process fills the caches of landmarks and datasets
    with training.main_process_first(desc="loading the data"):
        pairs = load_data(model, data, training)
    if model.train_only == CONTRAST:
        from micron_bert.training.contrast import train_contrast

        return train_contrast(model, training, pairs, settings, checkpoint)
    names = dict(enumerate(pairs.labels))
    config = _config(
        model,
        data,
        id2label=names,
        label2id={name: index for index, name in names.items()},
        problem_type="multi_label_classification" if pairs.multi_label else "single_label_classification",
    )
    if training.ddp_find_unused_parameters is None:
        training.ddp_find_unused_parameters = not pairs.has_displacement
    # the datasets hold the whole schedule, so that every index has its place in it
    training.num_train_epochs = 1
    network = make_model(MicronBertForVideoClassification, model, config, training.seed)
    if model.train_only:
        network.requires_grad_(False)
    if network.action_units is not None:
        network.action_units.requires_grad_(bool(pairs.action_units))
    trainer = MicronBertTrainer(
        model=network,
        args=training,
        train_dataset=pairs.train,
        eval_dataset=pairs.test,
        processing_class=make_processor(model, config),
        compute_metrics=lambda prediction: _flat(_score(prediction.predictions, prediction.label_ids, pairs)),
    )
    learner = trainer if model.passes == 1 else _on_features(network, pairs, model.passes, training)
    train(learner, settings, checkpoint)
    scores = {"labels": pairs.labels, "steps": learner.state.global_step, "pairs": len(pairs.train)}
    scores["processes"] = training.world_size
    if pairs.test is not None:
        prediction = trainer.predict(pairs.test)
        scores |= {"loss": prediction.metrics["test_loss"]} | _score(
            prediction.predictions, prediction.label_ids, pairs
        )
    subjects = {"train": pairs.train_subjects, "test": pairs.test_subjects}
    save(trainer, {"subjects.json": subjects, "metrics.json": scores})
    if learner is not trainer and trainer.is_world_process_zero():
        shutil.rmtree(Path(training.output_dir, FOLDER))
    return scores


def _on_features(
    network, pairs: LabelledParts, passes: int, training: MicronBertTrainingArguments
) -> MicronBertTrainer:
    """Trains the head for action units on what the rest of the model made of the pairs."""
    if network.config.action_unit_gradient:
        raise InputError("With `action_unit_gradient` the whole model learns; leave `passes` at 1.")
    folder = Path(training.output_dir, FOLDER)
    with training.main_process_first(desc="computing the features"):
        write_features(network.to(training.device), pairs.train, folder, training.dataloader_num_workers)
    batch_size = training.train_batch_size * training.gradient_accumulation_steps * training.world_size
    shown = whole_batches(passes * len(pairs.train), batch_size)
    return MicronBertTrainer(
        model=HeadAlone(network), args=training, train_dataset=Shuffled(FrozenFeatures(folder), shown, training.seed)
    )


def _score(logits, truth, pairs: LabelledParts) -> dict:
    labels, *more = truth if isinstance(truth, tuple) else (truth,)
    logits, *said = logits if isinstance(logits, tuple) else (logits,)
    units = {"action_units": score_unit_head(*said, more.pop(), pairs.action_units)} if said else {}
    if pairs.multi_label:
        return score_action_units(logits, labels, pairs.labels) | units
    return score_classes(logits, labels, pairs.labels, *more) | units


def _flat(scores: dict) -> dict:
    """The numbers that fit into a line of the log."""
    return {name: value for name, value in scores.items() if isinstance(value, float)}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs fine-tuning from a recipe and the command line; prints where the model is."""
    return run_job(finetune, argv, "Train μ-BERT to recognise emotions or action units.", SOURCES)


if __name__ == "__main__":
    sys.exit(exit_code(main))

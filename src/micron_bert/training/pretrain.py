"""
Pre-training by blockwise swapping, without labels, on stored clips, videos or synthetic pairs.

`python -m micron_bert.training.pretrain RECIPE.yaml [--name value ...]`, the same through `accelerate launch -m`,
`torchrun -m` or `micron-bert pretrain`.
"""

import logging
import sys
from collections.abc import Sequence

import torch

from micron_bert.arguments.data import DataArguments
from micron_bert.arguments.exit_code import exit_code
from micron_bert.arguments.model import ModelArguments
from micron_bert.arguments.recipe import settings_of
from micron_bert.arguments.training import PretrainingArguments
from micron_bert.checkpoints.starting_model import make_config, make_model, make_processor
from micron_bert.data.examples.schedule import whole_batches
from micron_bert.data.examples.unlabelled import SOURCES, unlabelled_data
from micron_bert.data.shards.moments import ShardedClips
from micron_bert.model.modeling_micron_bert import MicronBertForPreTraining
from micron_bert.training.average import FOLDER, AverageWeights
from micron_bert.training.launch import run_job
from micron_bert.training.micro_maps import MicroMaps
from micron_bert.training.run import save, share_cores, start_of, train
from micron_bert.training.trainer import LOSS_PARTS, MicronBertTrainer

logger = logging.getLogger(__name__)


def pretrain(model: ModelArguments, data: DataArguments, training: PretrainingArguments) -> dict:
    """
    Trains [`MicronBertForPreTraining`], measures its losses on the people (or videos) held out, and saves it.

    `output_dir` gets the model and its image processor, `training.yaml`, `subjects.json` and at last `metrics.json`;
    with `average_decay` also the folder `average`, the same model with the running mean of its weights.
    Called again after an interruption it continues from the last complete checkpoint to the same weights.

    Args:
        model ([`ModelArguments`]), data ([`DataArguments`]), training ([`PretrainingArguments`]):
            What to train, on what, and how.

    Returns:
        `dict`: the content of `metrics.json`.

    Raises:
        InputError: something in the arguments or the data cannot be used.
    """
    settings = settings_of(model, data, training)
    checkpoint = start_of(training, settings)
    share_cores(training)
    config = make_config(model)
    batch_size = training.train_batch_size * training.gradient_accumulation_steps * training.world_size
    wanted = training.max_steps * batch_size if training.max_steps > 0 else data.num_pairs
    # the first process fills the caches of landmarks and aligned videos
    with training.main_process_first(desc="loading the data"):
        length, processor = whole_batches(wanted, batch_size), make_processor(model, config)
        pairs = unlabelled_data(data, config, processor, length, training.seed)
    if training.ddp_find_unused_parameters is None:
        training.ddp_find_unused_parameters = False
    trainer = MicronBertTrainer(
        model=make_model(MicronBertForPreTraining, model, config, training.seed),
        args=training,
        train_dataset=pairs.train,
        eval_dataset=pairs.test,
        processing_class=processor,
        average=AverageWeights(training.average_decay, checkpoint) if training.keeps_average else None,
    )
    shown = pairs.train if pairs.test is None else pairs.test
    trainer.add_callback(MicroMaps(shown, processor, trainer.callback_handler.callbacks))
    train(trainer, settings, checkpoint)
    scores = {"steps": trainer.state.global_step, "pairs": len(pairs.train)}
    scores["processes"] = training.world_size
    if pairs.test is not None:
        measured = trainer.evaluate()
        scores |= _losses(measured, "eval")
        if training.keeps_average:
            scores[FOLDER] = _losses(measured, f"eval_{FOLDER}")
    if data.shards:
        scores["shards"] = _shards(pairs.train.moments.clips, trainer)
    subjects = {"train": pairs.train_subjects, "test": pairs.test_subjects}
    save(trainer, {"subjects.json": subjects, "metrics.json": scores})
    return scores


def _losses(measured: dict, prefix: str) -> dict:
    """The loss and its parts, by their own names."""
    return {name: measured[f"{prefix}_{name}"] for name in ("loss", *LOSS_PARTS) if f"{prefix}_{name}" in measured}


def _shards(clips: ShardedClips, trainer: MicronBertTrainer) -> dict:
    """How many there are, and which of them are missing or were broken for any process of this run."""
    broken = trainer.accelerator.reduce(clips.broken.to(trainer.args.device, torch.int32), "sum")
    names = {"missing": clips.missing, "broken": broken.nonzero().flatten().tolist()}
    paths = {state: [clips.plan.clips_path(shard) for shard in shards] for state, shards in names.items()}
    if paths["broken"]:
        logger.warning(
            "%d of %d shards could not be read, so other clips were shown: %s.",
            len(paths["broken"]), clips.plan.shards, ", ".join(paths["broken"]),
        )  # fmt: skip
    return {"planned": clips.plan.shards, **paths}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs pre-training from a recipe and the command line; prints where the model is."""
    description = "Train μ-BERT without labels, by blockwise swapping."
    return run_job(pretrain, argv, description, SOURCES, PretrainingArguments)


if __name__ == "__main__":
    sys.exit(exit_code(main))

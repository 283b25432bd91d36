"""μ-BERT on the folds: every fold is a fine-tuning with the same trainer, data order and recipe as `finetune`."""

import tempfile
from collections.abc import Sequence

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers import PrinterCallback, TrainerCallback

from micron_bert.arguments.model import ModelArguments
from micron_bert.arguments.training import FoldTrainingArguments
from micron_bert.checkpoints.starting_model import make_config, make_model, make_processor
from micron_bert.data.examples.schedule import Shuffled, whole_batches
from micron_bert.errors import InputError
from micron_bert.model.image_processing_micron_bert import MicronBertImageProcessor
from micron_bert.model.modeling_micron_bert import MicronBertForVideoClassification
from micron_bert.training.trainer import MicronBertTrainer


class FineTuned:
    """
    A μ-BERT that each fold trains anew.

    Args:
        model ([`ModelArguments`]):
            What a fold starts from.
        training (`dict`):
            Options of [`FoldTrainingArguments`] that are not the defaults.
        names (`list[str]`):
            The classes or action units.
        multi_label (`bool`):
            Whether a clip can have several labels.
        later_frames (`int`):
            Frames after the onset; 0 is the apex alone.
    """

    def __init__(self, model: ModelArguments, training: dict, names: list[str], multi_label: bool, later_frames: int):
        self.model, self.training, self.names = model, training, names
        self.multi_label, self.later_frames = multi_label, later_frames
        as_it_is = training.get("num_train_epochs") == 0
        how = "as it is" if as_it_is else "fine-tuned" if model.checkpoint else "from scratch"
        self.name = f"μ-BERT {model.checkpoint or model.preset}, {how}"

    def describe(self, frames: list[np.ndarray]) -> np.ndarray:
        return np.stack(frames)

    def fit(self, inputs, targets, train, eval_rows, seed, every_epoch) -> list[list[np.ndarray]]:
        if self.training.get("num_train_epochs") == 0:
            return [self._as_it_is(inputs, eval_rows)]
        names = dict(enumerate(self.names))
        config = make_config(
            self.model,
            id2label=names,
            label2id={name: index for index, name in names.items()},
            problem_type="multi_label_classification" if self.multi_label else "single_label_classification",
        )
        processor = make_processor(self.model, config)
        wanted = targets if self.multi_label else targets.argmax(axis=1)
        with tempfile.TemporaryDirectory() as scratch:
            arguments = FoldTrainingArguments(**{**self.training, "output_dir": scratch, "seed": seed})
            batch = arguments.train_batch_size * arguments.gradient_accumulation_steps
            epochs, arguments.num_train_epochs = arguments.num_train_epochs, 1
            if arguments.max_steps > 0:
                epochs = arguments.max_steps * batch / len(train)
            length = whole_batches(len(train) * epochs, batch)
            ends = {length // batch}
            if every_epoch:
                ends |= {min(length // batch, -(-n * len(train) // batch)) for n in range(1, int(epochs) + 1)}
            watch = _Watch(inputs, processor, eval_rows, ends, arguments.per_device_eval_batch_size)
            trainer = MicronBertTrainer(
                model=make_model(MicronBertForVideoClassification, self.model, config, seed),
                args=arguments,
                train_dataset=Shuffled(_Items(inputs, wanted, train, processor), length, seed),
                processing_class=processor,
                callbacks=[watch],
            )
            trainer.remove_callback(PrinterCallback)
            trainer.train()
        return watch.epochs

    def _as_it_is(self, inputs: np.ndarray, eval_rows: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """Scores of a model that no fold trains, by the names of its labels."""
        config = make_config(self.model)
        places = {name: int(index) for index, name in (config.id2label or {}).items()}
        missing = [name for name in self.names if name not in places]
        if self.model.checkpoint is None or missing:
            what = f"has no label `{missing[0]}`" if self.model.checkpoint else "is new"
            raise InputError(f"The model {what}, so it cannot be tested as it is; train it with `num_train_epochs`.")
        model = make_model(MicronBertForVideoClassification, self.model, config, seed=0)
        columns = [places[name] for name in self.names]
        processor = make_processor(self.model, config)
        return [scores[:, columns] for scores in (predict(model, processor, inputs, rows) for rows in eval_rows)]


def predict(
    model: MicronBertForVideoClassification,
    processor: MicronBertImageProcessor,
    inputs: np.ndarray,
    rows: Sequence[int],
    batch_size: int = 64,
) -> np.ndarray:
    """Logits `(len(rows), labels)` of clips `(N, T, S, S, 3)`; the model is left in the mode it was in."""
    was_training, found = model.training, []
    model.eval()
    for start in range(0, len(rows), batch_size):
        batch = rows[start : start + batch_size]
        clips = [processor(list(inputs[row]), return_tensors="pt")["pixel_values"][0] for row in batch]
        with torch.no_grad():
            found.append(model(pixel_values=torch.stack(clips).to(model.device)).logits.float().cpu().numpy())
    model.train(was_training)
    return np.concatenate(found)


class _Items(Dataset):
    """Clips that are ready, as the model takes them."""

    def __init__(self, inputs: np.ndarray, wanted: np.ndarray, rows: Sequence[int], processor):
        self.inputs, self.wanted, self.rows, self.processor = inputs, torch.from_numpy(wanted), list(rows), processor

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict:
        row = self.rows[index]
        pixels = self.processor(list(self.inputs[row]), return_tensors="pt")["pixel_values"][0]
        return {"pixel_values": pixels, "labels": self.wanted[row]}


class _Watch(TrainerCallback):
    """Scores the evaluation clips at the steps where an epoch ends."""

    def __init__(self, inputs, processor, eval_rows, ends: set[int], batch_size: int):
        self.inputs, self.processor, self.eval_rows, self.ends = inputs, processor, eval_rows, ends
        self.batch_size, self.epochs = batch_size, []

    def on_step_end(self, args, state, control, model=None, **kwargs):
        if state.global_step in self.ends:
            scores = [predict(model, self.processor, self.inputs, rows, self.batch_size) for rows in self.eval_rows]
            self.epochs.append(scores)

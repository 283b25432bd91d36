"""A Trainer that goes on while a checkpoint is copied to a slow disk, and from there to the Hub."""

import os

from transformers import Trainer, TrainerCallback

from micron_bert.errors import InputError
from micron_bert.training.checkpoint_buffer import CheckpointBuffer


class PushWhatArrives(TrainerCallback):
    """Sends a checkpoint to the Hub as soon as it has left the buffer."""

    def __init__(self, trainer: "BufferedTrainer"):
        self.trainer = trainer

    def on_step_end(self, args, state, control, **kwargs):
        if self.trainer.buffer.is_idle():
            self.trainer.push_what_arrives()


class BufferedTrainer(Trainer):
    """[`~transformers.Trainer`], whose checkpoints go through the [`CheckpointBuffer`] that its arguments name."""

    buffer: CheckpointBuffer | None = None
    _filling = False  # whether what is saved goes into the buffer
    _to_push: int | None = None  # step of the checkpoint that goes to the Hub when it has left the buffer

    def _get_output_dir(self, trial):
        return str(self.buffer.folder) if self._filling else super()._get_output_dir(trial)

    def _save_checkpoint(self, model, trial):
        if self.buffer is None:
            return super()._save_checkpoint(model, trial)
        self.push_what_arrives()
        self.accelerator.wait_for_everyone()  # what one process deletes, another must not be writing any more
        self._filling = True
        try:
            super()._save_checkpoint(model, trial)
        finally:
            self._filling = False
        self.buffer.send(self.args.save_total_limit if self.args.should_save else None)

    def _push_from_checkpoint(self, checkpoint_folder):
        if self._filling:
            self._to_push = self.state.global_step
        else:
            super()._push_from_checkpoint(checkpoint_folder)

    def push_what_arrives(self) -> None:
        """
        Waits for the checkpoint that leaves the buffer, and sends it to the Hub where the run is to be kept there.

        Raises:
            OSError: it could not be copied.
        """
        self.buffer.wait()
        if self._to_push is None:
            return
        step, self._to_push = self._to_push, None
        now, self.state.global_step = self.state.global_step, step  # which the commit's message tells
        try:
            self._push_from_checkpoint(os.path.join(self.args.output_dir, f"checkpoint-{step}"))
        finally:
            self.state.global_step = now

    def _finalize_training(self, *args, **kwargs):
        if self.buffer is not None:
            self.push_what_arrives()
        return super()._finalize_training(*args, **kwargs)

    def train(self, *args, **kwargs):
        if not self.args.checkpoint_buffer:
            return super().train(*args, **kwargs)
        self.buffer, watch = self._open_buffer(), PushWhatArrives(self)
        self.add_callback(watch)
        try:
            return super().train(*args, **kwargs)
        finally:
            self.remove_callback(watch)
            self.buffer.close()
            self.buffer = None

    def _open_buffer(self) -> CheckpointBuffer:
        if self.args.load_best_model_at_end:
            raise InputError("`checkpoint_buffer` and `load_best_model_at_end` cannot be used together.")
        weights = sum(one.numel() * one.element_size() for one in self.model.parameters())
        # beside them the two moments of Adam; the average; with FSDP the weights once more
        copies = 3 + (getattr(self, "average", None) is not None) + self.is_fsdp_enabled
        needed = weights * copies if self.args.should_save else 0
        return CheckpointBuffer(self.args.checkpoint_buffer, self.args.output_dir, self.args.process_index, needed)

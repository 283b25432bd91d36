"""The Trainer of Transformers, with the parts of the loss in the log and plain outputs when scoring."""

import os
import time

import torch
from transformers import TrainerCallback, default_data_collator

from micron_bert.errors import InputError
from micron_bert.training.average import FOLDER, AverageWeights
from micron_bert.training.buffered_trainer import BufferedTrainer

# beside the loss, what the models tell about it
LOSS_PARTS = (
    "label_loss", "displacement_loss", "movement_loss", "micro_attention_loss", "action_unit_loss",
    "reconstruction_loss", "agreement_loss", "spread_loss",
)  # fmt: skip
TRUTH = ("labels", "amplitude", "action_units")  # of a batch, for scoring
SAID = ("action_unit_logits", "action_unit_sides")


class LogWhatIsSaved(TrainerCallback):
    """Logs at every checkpoint: means over steps begin there anew, so a run that goes on from it has the same log."""

    def on_step_end(self, args, state, control, **kwargs):
        control.should_log |= control.should_save


class FollowEncoder(TrainerCallback):
    """Keeps the encoder whose tokens are predicted behind the one that learns, step by step."""

    def on_train_begin(self, args, state, control, model=None, **kwargs):
        if state.global_step == 0:  # otherwise the checkpoint has it
            model.follow(start=True)

    def on_optimizer_step(self, args, state, control, model=None, **kwargs):
        model.follow()


class MicronBertTrainer(BufferedTrainer):
    """
    Trains [`MicronBertForVideoClassification`] and [`MicronBertForPreTraining`].

    Takes the arguments of [`~transformers.Trainer`]. Batches may hold `amplitude`, which the model does not see and
    which `compute_metrics` finds beside the labels.

    Args:
        average ([`AverageWeights`], *optional*):
            A running mean of the weights. It is measured wherever the model is, under `eval_average_…`, and saved
            beside it as the model `average`.

    Raises:
        InputError: the arguments ask for what this machine does not have, or contradict each other.
    """

    def __init__(self, *args, average: AverageWeights | None = None, **kwargs):
        try:
            super().__init__(*args, data_collator=default_data_collator, **kwargs)
            self.add_callback(LogWhatIsSaved())
        except ValueError as error:  # such as half precision without a GPU
            raise InputError(f"The training arguments cannot be used here: {error}") from error
        if self.is_fsdp_enabled:
            self._settle_sharing()
        self._sums: dict[str, torch.Tensor] = {}
        self._batches = 0
        self._waited, self._shown, self._since = 0.0, 0, None  # seconds, pairs, and from when on, for the log
        self.average = average
        if average is not None:
            self.add_callback(average)
        if hasattr(self.model, "follow"):
            self.add_callback(FollowEncoder)

    def _settle_sharing(self) -> None:
        """How the processes share out the weights (FSDP); raises [`InputError`] where no model would come of it."""
        plugin = self.accelerator.state.fsdp_plugin
        if "FULL" not in str(plugin.state_dict_type):
            raise InputError(
                "These settings of `accelerate` keep the weights in parts, which no model can be loaded from; "
                "write `fsdp_state_dict_type: FULL_STATE_DICT`."
            )
        # half precision is that of autocast, as without sharing; FSDP would round the frames too, and with them
        # changes of less than a grey level
        plugin.mixed_precision_policy = None

    def _remember_parts(self, outputs) -> None:
        parts = {name: outputs[name] for name in LOSS_PARTS if outputs.get(name) is not None}
        for name, value in parts.items():
            self._sums[name] = self._sums.get(name, 0.0) + value.detach().float().mean()
        self._batches += 1

    def _mean_parts(self) -> dict[str, float]:
        """Means over the batches since the last call and over the processes."""
        names, batches = sorted(self._sums), max(1, self._batches)
        means = {}
        if names:
            own = torch.stack([self._sums[name] for name in names])[None] / batches
            means = dict(zip(names, self.accelerator.gather(own).mean(dim=0).tolist(), strict=True))
        self._sums, self._batches = {}, 0
        return means

    def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
        inputs = {name: value for name, value in inputs.items() if name != "amplitude"}
        loss, outputs = super().compute_loss(model, inputs, True, num_items_in_batch)
        self._remember_parts(outputs)
        return (loss, outputs) if return_outputs else loss

    def get_batch_samples(self, *args, **kwargs):
        begun = time.perf_counter()
        self._since = self._since or begun
        batches, count = super().get_batch_samples(*args, **kwargs)
        self._waited += time.perf_counter() - begun
        self._shown += sum(len(batch["pixel_values"]) for batch in batches if "pixel_values" in batch)
        return batches, count

    def _pace(self) -> dict[str, float]:
        """
        Since the last call: pairs that all processes together were shown in a second, and the share of the time that
        this one waited for data.
        """
        now = time.perf_counter()
        spent = max(now - self._since, 1e-9) if self._since else float("inf")
        pairs = self._shown * self.args.world_size
        pace = {"pairs_per_second": round(pairs / spent, 3), "waiting_per_second": round(self._waited / spent, 4)}
        self._waited, self._shown, self._since = 0.0, 0, now
        return pace

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        if "loss" in logs:
            logs.update(self._mean_parts() | self._pace())
        super().log(logs, start_time)

    def prediction_step(self, model, inputs, prediction_loss_only, ignore_keys=None):
        """
        The loss; the logits, or `(logits, action unit logits, sides)` where the batch tells action units; and
        `(labels, amplitude, action_units)` as far as the batch has them.
        """
        inputs = self._prepare_inputs(inputs)
        with torch.no_grad(), self.compute_loss_context_manager():
            loss, outputs = self.compute_loss(model, inputs, return_outputs=True)
        logits = outputs.get("logits")
        if prediction_loss_only or logits is None:
            return loss.mean().detach(), None, None
        truth = tuple(inputs[name].detach() for name in TRUTH if name in inputs)
        said = tuple(outputs[name].detach().float() for name in SAID) if "action_units" in inputs else ()
        logits = logits.detach().float()
        return loss.mean().detach(), (logits, *said) if said else logits, truth

    def save_model(self, output_dir: str | None = None, _internal_call: bool = False) -> None:
        super().save_model(output_dir, _internal_call)
        if self.average is not None:
            with self.average.instead(self.model):
                super().save_model(os.path.join(output_dir or self.args.output_dir, FOLDER), _internal_call)

    def evaluation_loop(self, *args, metric_key_prefix: str = "eval", **kwargs):
        output = self._measure(*args, metric_key_prefix=metric_key_prefix, **kwargs)
        if self.average is not None:
            with self.average.instead(self.model):
                averaged = self._measure(*args, metric_key_prefix=f"{metric_key_prefix}_{FOLDER}", **kwargs)
            output.metrics.update(averaged.metrics)
        return output

    def _measure(self, *args, metric_key_prefix: str, **kwargs):
        """With the means of the parts of the loss among the metrics; those of training stay as they are."""
        kept, self._sums, self._batches = (self._sums, self._batches), {}, 0
        output = super().evaluation_loop(*args, metric_key_prefix=metric_key_prefix, **kwargs)
        output.metrics.update({f"{metric_key_prefix}_{name}": mean for name, mean in self._mean_parts().items()})
        self._sums, self._batches = kept
        return output

"""The trainer: parts of the loss are in the log, and arguments that cannot be used here are a sentence."""

import time

import numpy as np
import pytest
import torch

from micron_bert import MicronBertForVideoClassification
from micron_bert.arguments.training import MicronBertTrainingArguments
from micron_bert.errors import InputError
from micron_bert.training.trainer import MicronBertTrainer


class Pairs(torch.utils.data.Dataset):
    """Eight pairs of noise."""

    def __len__(self):
        return 8

    def __getitem__(self, index):
        frames = np.random.default_rng(index).standard_normal((2, 3, 32, 32)).astype(np.float32)
        return {"pixel_values": torch.from_numpy(frames), "labels": index % 4, "amplitude": 1.0}


def arguments(folder, **options):
    settings = {"max_steps": 2, "logging_steps": 1, "per_device_train_batch_size": 4, "save_strategy": "no"}
    quiet = {"use_cpu": True, "dataloader_num_workers": 0, "disable_tqdm": True, "report_to": "none"}
    return MicronBertTrainingArguments(output_dir=str(folder), **settings, **quiet, **options)


def test_parts_of_the_loss_are_logged_and_amplitudes_reach_the_scores(mini_config, tmp_path):
    seen = []

    def score(prediction):
        labels, amplitude = prediction.label_ids
        seen.append((labels.tolist(), amplitude.tolist()))
        return {}

    model = MicronBertForVideoClassification(mini_config)
    trainer = MicronBertTrainer(
        model, arguments(tmp_path), train_dataset=Pairs(), eval_dataset=Pairs(), compute_metrics=score
    )
    trainer.train()
    logged = [entry for entry in trainer.state.log_history if "loss" in entry]
    assert len(logged) == 2 and all(np.isfinite(entry["label_loss"]) for entry in logged)
    trainer.evaluate()
    assert seen == [([0, 1, 2, 3] * 2, [1.0] * 8)]


class SlowPairs(Pairs):
    """The same, of which each takes a twentieth of a second."""

    def __getitem__(self, index):
        time.sleep(0.05)
        return super().__getitem__(index)


def test_log_tells_how_long_training_waits_for_data(mini_config, tmp_path):
    trainer = MicronBertTrainer(
        MicronBertForVideoClassification(mini_config), arguments(tmp_path), train_dataset=SlowPairs()
    )
    trainer.train()
    logged = [entry for entry in trainer.state.log_history if "loss" in entry]
    steps = [4 / entry["pairs_per_second"] for entry in logged]  # seconds that four pairs took
    waits = [entry["waiting_per_second"] for entry in logged]
    assert sum(wait * step for wait, step in zip(waits, steps, strict=True)) >= 0.39 and max(waits) <= 1


def test_what_transformers_refuses_is_a_sentence(mini_config, tmp_path):
    asked = arguments(tmp_path, eval_strategy="steps")
    with pytest.raises(InputError, match="arguments cannot be used here: .*eval_dataset"):
        MicronBertTrainer(MicronBertForVideoClassification(mini_config), asked, train_dataset=Pairs())

"""The running mean of the weights: what it is, that a resumed run has the same, and that it is a model as well."""

import json

import pytest
import torch
from safetensors.torch import load_file

from micron_bert import MicronBertForPreTraining
from micron_bert.arguments.training import PretrainingArguments
from micron_bert.errors import InputError
from micron_bert.training.average import FOLDER, WEIGHTS, AverageWeights
from micron_bert.training.pretrain import main

DECAY = 0.3  # of small models in few steps


def weights_of(folder):
    return load_file(folder / WEIGHTS)


@pytest.fixture
def entries(clips_folder):
    settings = {"dataset": str(clips_folder), "num_pairs": 24, "test_pairs": 4, "save_strategy": "steps"}
    return settings | {"save_steps": 1, "save_total_limit": 9, "average_decay": DECAY, "learning_rate": 0.01}


def test_average_follows_the_weights_and_is_measured_and_saved_beside_them(entries, mini_recipe, tmp_path):
    main([mini_recipe(**entries)])
    run = tmp_path / "run"
    own, mean = ([weights_of(run / f"checkpoint-{step}" / part) for step in range(1, 7)] for part in ("", FOLDER))
    for step in range(1, 6):  # the one at place 0 is of the first step
        decay = min(DECAY, (1 + step) / (10 + step))
        for name, before in mean[step - 1].items():
            expected = decay * before + (1 - decay) * own[step][name]
            torch.testing.assert_close(mean[step][name], expected, rtol=1e-5, atol=1e-6)
    name = "micron_bert.embeddings.patch_embeddings.projection.weight"
    name = name if name in own[-1] else max(own[-1], key=lambda one: own[-1][one].numel())
    assert not torch.equal(mean[-1][name], own[-1][name])
    # both are models, each with its losses on the people held out
    for folder, expected in ((run, own[-1]), (run / FOLDER, mean[-1])):
        assert torch.equal(MicronBertForPreTraining.from_pretrained(folder).state_dict()[name], expected[name])
        assert (folder / "preprocessor_config.json").is_file() and not list(folder.glob("training_args.bin"))
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics[FOLDER].keys() == {"loss", "reconstruction_loss", "agreement_loss", "spread_loss"}
    assert metrics[FOLDER]["loss"] != metrics["loss"]


def test_learning_is_the_same_without_an_average(entries, mini_recipe, tmp_path):
    main([mini_recipe(**entries, eval_strategy="steps", eval_steps=2)])
    main([mini_recipe(**entries | {"average_decay": 0.0}, output_dir=str(tmp_path / "without"))])
    runs = [weights_of(tmp_path / run) for run in ("run", "without")]
    assert all(torch.equal(one, runs[1][name]) for name, one in runs[0].items())
    assert not (tmp_path / "without" / FOLDER).exists()


def test_resumed_run_ends_at_the_same_average(entries, mini_recipe, tmp_path):
    run = tmp_path / "run"
    main([mini_recipe(**entries)])
    whole, metrics = weights_of(run / FOLDER), (run / "metrics.json").read_text()
    (run / "checkpoint-6" / "trainer_state.json").unlink()
    (run / "checkpoint-5" / FOLDER / WEIGHTS).unlink()  # as if killed while it was deleted
    main([mini_recipe(**entries)])
    again = weights_of(run / FOLDER)
    assert all(torch.equal(one, again[name]) for name, one in whole.items())
    assert (run / "metrics.json").read_text() == metrics


def test_a_run_without_an_average_is_not_continued_with_one(entries, mini_recipe):
    main([mini_recipe(**entries | {"average_decay": 0.0})])
    with pytest.raises(InputError, match="another `average_decay`"):
        main([mini_recipe(**entries)])


def test_weights_are_back_in_their_place_after_an_error():
    model = torch.nn.Linear(2, 2)
    average, before = AverageWeights(0.9), model.weight.detach().clone()
    average.on_train_begin(None, None, None, model=model)
    with torch.no_grad():
        model.weight.add_(1)
    with pytest.raises(ValueError), average.instead(model):
        assert torch.equal(model.weight, before)
        raise ValueError
    assert torch.equal(model.weight, before + 1)


@pytest.mark.parametrize("decay", [1.0, -0.1])
def test_a_decay_that_forgets_nothing_or_grows_is_refused(tmp_path, decay):
    with pytest.raises(InputError, match="`average_decay`"):
        PretrainingArguments(output_dir=str(tmp_path), average_decay=decay)

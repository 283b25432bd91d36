import json

import pytest
import torch
from safetensors.torch import load_file
from torch.utils.data import DataLoader

from micron_bert import MicronBertForPreTraining, MicronBertImageProcessor
from micron_bert.arguments.data import DataArguments
from micron_bert.arguments.model import ModelArguments
from micron_bert.arguments.recipe import parse_recipe
from micron_bert.arguments.recipe_file import RECIPES
from micron_bert.arguments.training import PretrainingArguments
from micron_bert.checkpoints.starting_model import make_config
from micron_bert.data.examples.moments import StoredMoments
from micron_bert.data.examples.stored import StoredClips, open_dataset
from micron_bert.data.examples.unlabelled import SOURCES, UnlabelledPairs
from micron_bert.data.shards.moments import ShardedClips, ShardMoments
from micron_bert.errors import InputError
from micron_bert.training.pretrain import main


@pytest.fixture
def unlabelled(clips_folder, mini_config):
    clips = StoredClips(open_dataset(str(clips_folder), None, "train"), "clips", need_positions=False)
    processor = MicronBertImageProcessor(size={"height": 32, "width": 32})
    return UnlabelledPairs(StoredMoments(clips, range(12), (0.05, 0.2), None), processor, mini_config, 8, seed=3)


def test_item_is_what_the_model_takes(unlabelled, mini_config):
    batch = next(iter(DataLoader(unlabelled, batch_size=4)))
    assert batch["swap_mask"].sum(dim=1).tolist() == [8] * 4  # half of 16 patches
    output = MicronBertForPreTraining(mini_config)(**batch)
    assert torch.equal(output.swap_mask, batch["swap_mask"]) and torch.equal(output.crop_boxes, batch["crop_boxes"])


def test_same_draws_on_repeat_and_in_workers(unlabelled):
    alone, helped = (list(DataLoader(unlabelled, batch_size=4, num_workers=n)) for n in (0, 2))
    for one, other in zip(alone, helped, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)
    assert not torch.equal(unlabelled[0]["swap_mask"], unlabelled[1]["swap_mask"])


def test_run_leaves_a_model_and_its_losses(mini_recipe, clips_folder, tmp_path):
    entries = {"dataset": str(clips_folder), "num_pairs": 10, "test_pairs": 6, "logging_steps": 1}
    main([mini_recipe(**entries, save_strategy="steps", save_steps=2)])
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["pairs"] == 12 and metrics["steps"] == 3
    config = MicronBertForPreTraining.from_pretrained(tmp_path / "run").config
    total = metrics["reconstruction_loss"] + metrics["agreement_loss"]
    assert metrics["loss"] == pytest.approx(
        total + config.agreement_variance_weight * metrics["spread_loss"], rel=1e-4
    )
    history = json.loads((tmp_path / "run" / "checkpoint-2" / "trainer_state.json").read_text())["log_history"]
    assert {"loss", "reconstruction_loss", "agreement_loss", "spread_loss"} <= history[0].keys()


def test_resumed_run_ends_at_the_same_weights(mini_recipe, clips_folder, tmp_path):
    entries = {"dataset": str(clips_folder), "num_pairs": 24, "test_pairs": 4, "save_strategy": "steps"}
    main([mini_recipe(**entries, save_steps=4)])
    whole = load_file(tmp_path / "run" / "model.safetensors")
    (tmp_path / "run" / "checkpoint-6" / "trainer_state.json").unlink()  # as if killed while writing it
    main([mini_recipe(**entries, save_steps=4)])
    again = load_file(tmp_path / "run" / "model.safetensors")
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_target_follows_at_each_step_and_a_resumed_run_goes_on_with_it(
    mini_recipe, mini_sizes, clips_folder, tmp_path
):
    config = {**mini_sizes, "num_hidden_layers": 1, "objective": "future", "target_decay": 0.5}
    entries = {"dataset": str(clips_folder), "num_pairs": 24, "test_pairs": 4, "save_strategy": "steps"}
    main([mini_recipe(**entries, config=config, save_steps=1, save_total_limit=9)])
    saved = [load_file(tmp_path / "run" / f"checkpoint-{step}" / "model.safetensors") for step in (3, 4)]
    before, after = (weights["target.norm.weight"] for weights in saved)
    torch.testing.assert_close(after, (before + saved[1]["micron_bert.norm.weight"]) / 2)
    whole = load_file(tmp_path / "run" / "model.safetensors")
    for step in (5, 6):
        (tmp_path / "run" / f"checkpoint-{step}" / "trainer_state.json").unlink()
    main([mini_recipe(**entries, config=config, save_steps=1, save_total_limit=9)])
    again = load_file(tmp_path / "run" / "model.safetensors")
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_synthetic_faces_train_without_labels(mini_recipe, portraits, tmp_path, monkeypatch):
    monkeypatch.setattr("micron_bert.data.examples.unlabelled.load_portraits", lambda folders, size: portraits)
    main([mini_recipe(faces=[str(tmp_path)], num_pairs=4, test_pairs=4)])
    assert json.loads((tmp_path / "run" / "subjects.json").read_text())["test"]


def test_clips_without_frames_are_refused(mini_recipe, pairs_folder):
    with pytest.raises(InputError, match="must have the columns `frames`"):
        main([mini_recipe(dataset=str(pairs_folder))])


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES.glob("pretrain_*.yaml")))
def test_shipped_recipes_describe_a_model_and_a_schedule(name, tmp_path):
    kinds = (ModelArguments, DataArguments, PretrainingArguments)
    model, data, training = parse_recipe([name, "--shards", str(tmp_path), "--use_cpu", "true"], kinds, "pretrain", "")
    config = make_config(model)
    assert data.source(SOURCES) == "shards" and training.lr_scheduler_type == "cosine" and training.warmup_steps > 0
    assert config.image_size == (112 if name == "pretrain_tiny" else 224)


@pytest.fixture
def shards(shards_at, tmp_path):
    return shards_at(tmp_path / "shards")


def test_pairs_of_shards_are_the_same_with_any_number_of_workers(shards, mini_config):
    clips = ShardedClips(shards)
    moments = ShardMoments(clips, clips.clips, (0.05, 0.2), seed=7)
    processor = MicronBertImageProcessor(size={"height": 32, "width": 32})
    pairs = UnlabelledPairs(moments, processor, mini_config, 12, seed=7, register=False)
    alone, helped = (list(DataLoader(pairs, batch_size=3, num_workers=n)) for n in (0, 2))
    for one, other in zip(alone, helped, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_shards_of_films(mini_recipe, shards, tmp_path):
    """From what `micron-bert shard` wrote, people held out; an interrupted run ends at the same weights."""
    entries = {"shards": shards, "num_pairs": 16, "test_pairs": 4, "interval": [0.05, 0.2], "save_strategy": "steps"}
    main([mini_recipe(**entries, save_steps=2)])
    people = json.loads((tmp_path / "run" / "subjects.json").read_text())
    assert people["train"] and people["test"] and not set(people["train"]) & set(people["test"])
    whole = load_file(tmp_path / "run" / "model.safetensors")
    (tmp_path / "run" / "checkpoint-4" / "trainer_state.json").unlink()
    main([mini_recipe(**entries, save_steps=2)])
    again = load_file(tmp_path / "run" / "model.safetensors")
    assert all(torch.equal(whole[name], again[name]) for name in whole)

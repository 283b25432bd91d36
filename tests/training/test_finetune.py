import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

from micron_bert import MicronBertForVideoClassification, MicronBertImageProcessor
from micron_bert.errors import InputError
from micron_bert.training.finetune import main
from micron_bert.training.trainer import MicronBertTrainer

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}


def weights(folder):
    return load_file(Path(folder) / "model.safetensors")


def largest_difference(one, other):
    assert one.keys() == other.keys()
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def test_run_leaves_a_model_and_its_scores(mini_recipe, pairs_folder, tmp_path, capsys):
    recipe = mini_recipe(dataset=str(pairs_folder), num_train_epochs=2)
    assert main([recipe, "--learning_rate", "1e-3"]) == 0
    run = tmp_path / "run"
    assert str(run) in capsys.readouterr().out
    assert not list(run.glob(".*")), "a draft was left behind"

    model = MicronBertForVideoClassification.from_pretrained(run)
    assert list(model.config.id2label.values()) == ["negative", "positive", "surprise"]
    assert MicronBertImageProcessor.from_pretrained(run).size["height"] == 32

    metrics = json.loads((run / "metrics.json").read_text())
    subjects = json.loads((run / "subjects.json").read_text())
    assert subjects["train"] and subjects["test"] and not set(subjects["train"]) & set(subjects["test"])
    assert metrics["samples"] == 4 * len(subjects["test"]) == sum(map(sum, metrics["confusion_matrix"]))
    assert set(metrics["by_amplitude"]) <= {"0.3-0.6", "0.6-1.2", "1.2-2.5"}
    # whole batches: 24 - test rows, twice, rounded up to a multiple of 4
    assert metrics["pairs"] == 4 * metrics["steps"] >= 2 * 4 * len(subjects["train"])
    assert "learning_rate: 0.001" in (run / "training.yaml").read_text()


def test_training_yaml_repeats_the_run(mini_recipe, pairs_folder, tmp_path):
    main([mini_recipe(dataset=str(pairs_folder), max_steps=3)])
    main([str(tmp_path / "run" / "training.yaml"), "--output_dir", str(tmp_path / "again"), "--use_cpu"])
    assert largest_difference(weights(tmp_path / "run"), weights(tmp_path / "again")) == 0


def test_so_few_held_out_that_scores_say_nothing_are_told_of(mini_recipe, pairs_folder, tmp_path, caplog):
    main([mini_recipe(dataset=str(pairs_folder), max_steps=1, test_fraction=0.2)])
    (said,) = [record.getMessage() for record in caplog.records if "held out" in record.getMessage()]
    assert "of 24 clips" in said and "`test_split`" in said
    caplog.clear()
    main([mini_recipe(dataset=str(pairs_folder), max_steps=1, output_dir=str(tmp_path / "half"))])
    assert "held out" not in caplog.text


def test_pretrained_encoder_is_taken_over(mini_recipe, pairs_folder, clips_folder, tmp_path):
    from micron_bert.training.pretrain import main as pretrain

    pretrain([mini_recipe(dataset=str(clips_folder), max_steps=1, test_pairs=4, output_dir=str(tmp_path / "before"))])
    main(
        [mini_recipe(dataset=str(pairs_folder), max_steps=1, learning_rate=0.0, config=None)]
        + ["--checkpoint", str(tmp_path / "before")]
    )
    before, after = weights(tmp_path / "before"), weights(tmp_path / "run")
    shared = [name for name in before if name.startswith("micron_bert.")]
    assert shared and all(torch.equal(before[name], after[name]) for name in shared)


def test_action_units_are_several_labels(mini_recipe, pairs_folder, tmp_path):
    recipe = mini_recipe(dataset=str(pairs_folder), max_steps=2, labels_column="action_units")
    main([recipe, "--action_units", "4", "12", "17"])
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert list(metrics["by_action_unit"]) == ["4", "12", "17"] and metrics["by_action_unit"]["17"] == 0
    config = MicronBertForVideoClassification.from_pretrained(tmp_path / "run").config
    assert config.problem_type == "multi_label_classification" and config.num_labels == 3


def test_clip_frames_uses_the_course(mini_recipe, clips_folder, tmp_path):
    main([mini_recipe(dataset=str(clips_folder), max_steps=2, clip_frames=3)])
    assert (tmp_path / "run" / "metrics.json").is_file()


def test_synthetic_pairs_train(mini_recipe, portraits, tmp_path, monkeypatch):
    monkeypatch.setattr("micron_bert.data.examples.labelled.load_portraits", lambda folders, size: portraits)
    main([mini_recipe(faces=[str(tmp_path)], num_pairs=10, test_pairs=6)])
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["labels"] == ["negative", "positive", "surprise", "none"]
    assert metrics["pairs"] == 12 and metrics["samples"] == 6


def test_killed_run_continues_to_the_same_weights(mini_recipe, pairs_folder, tmp_path):
    entries = {"dataset": str(pairs_folder), "max_steps": 40, "save_strategy": "steps", "save_steps": 3}
    # in a process like the other two: sums depend on the number of threads, in the last bits
    module = [sys.executable, "-m", "micron_bert.training.finetune"]
    subprocess.run([*module, mini_recipe(**entries, output_dir=str(tmp_path / "whole"))], env=ENVIRONMENT, check=True)

    killed = tmp_path / "killed"
    command = [*module, mini_recipe(**entries, output_dir=str(killed))]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # the folder of a checkpoint is there before its files
    while not (killed / "checkpoint-12").exists():
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (killed / "model.safetensors").exists()
    # what a kill in the middle of saving leaves behind
    (killed / "checkpoint-39").mkdir()

    again = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert again.returncode == 0, again.stderr
    assert "Continuing from" in again.stderr
    assert largest_difference(weights(tmp_path / "whole"), weights(killed)) == 0


def numbers_of(folder):
    """What a run leaves behind: weights, scores, and the state of its last checkpoint, without what a clock said."""
    (last,) = sorted(Path(folder).glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))[-1:]
    state = json.loads((last / "trainer_state.json").read_text())
    log = [
        {name: n for name, n in entry.items() if "runtime" not in name and "_per_" not in name}
        for entry in state["log_history"]
    ]
    reports = [json.loads((Path(folder) / name).read_text()) for name in ("metrics.json", "subjects.json")]
    return {**state, "log_history": log}, *reports, (Path(folder) / "config.json").read_text()


@pytest.mark.parametrize(
    "interrupted_at", [pytest.param(1, marks=pytest.mark.slow), 4, pytest.param(6, marks=pytest.mark.slow)]
)
def test_interrupted_run_ends_as_the_undisturbed_one(mini_recipe, pairs_folder, tmp_path, monkeypatch, interrupted_at):
    entries = {"dataset": str(pairs_folder), "max_steps": 7, "save_strategy": "steps", "save_steps": 2}
    entries |= {"logging_steps": 3, "save_total_limit": 2}
    main([mini_recipe(**entries, output_dir=str(tmp_path / "whole"))])
    recipe, steps = mini_recipe(**entries, output_dir=str(tmp_path / "broken")), []
    step = MicronBertTrainer.training_step

    def training_step(self, *args, **kwargs):
        if len(steps) == interrupted_at:
            raise KeyboardInterrupt
        steps.append(len(steps))
        return step(self, *args, **kwargs)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(MicronBertTrainer, "training_step", training_step)
        main([recipe])
    assert not (tmp_path / "broken" / "metrics.json").exists()
    main([recipe])
    assert largest_difference(weights(tmp_path / "whole"), weights(tmp_path / "broken")) == 0
    assert numbers_of(tmp_path / "whole") == numbers_of(tmp_path / "broken")


def test_finished_run_is_made_again_with_its_settings_alone(mini_recipe, pairs_folder, tmp_path, caplog):
    entries = {"dataset": str(pairs_folder), "max_steps": 1}
    main([mini_recipe(**entries)])
    before = weights(tmp_path / "run")
    with pytest.raises(InputError, match="run with another `seed` .`the default`, now `5`.*choose another"):
        main([mini_recipe(**entries, seed=5)])
    main([mini_recipe(**entries)])
    assert "holds a finished run with these settings, which is made again" in caplog.text
    assert largest_difference(before, weights(tmp_path / "run")) == 0
    for content in ("[", "- a", "{a: 2024-01-01}"):
        (tmp_path / "run" / "training.yaml").write_text(content)
        with pytest.raises(InputError, match="choose another `output_dir`"):
            main([mini_recipe(**entries)])


def test_two_processes_equal_one(mini_recipe, mini_sizes, pairs_folder, tmp_path):
    # dropout is drawn by each process on its own
    config = {**mini_sizes, "num_hidden_layers": 1, "classifier_hidden_size": 16, "classifier_dropout": 0.0}
    sizes = {"dataset": str(pairs_folder), "max_steps": 6, "learning_rate": 1e-3, "config": config}
    main([mini_recipe(**sizes, per_device_train_batch_size=8, output_dir=str(tmp_path / "one"))])
    two = mini_recipe(**sizes, per_device_train_batch_size=4, output_dir=str(tmp_path / "two"))
    command = [sys.executable, "-m", "micron_bert.training.finetune", two, "--processes", "2"]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    scores = [json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("one", "two")]
    assert [score["processes"] for score in scores] == [1, 2]
    assert [score["samples"] for score in scores] == [scores[0]["samples"]] * 2
    assert largest_difference(weights(tmp_path / "one"), weights(tmp_path / "two")) < 1e-5


@pytest.mark.parametrize(
    "change, said",
    [
        ({"learning_rate": 5e-4}, "another `learning_rate`"),
        ({"resume": False}, "checkpoints of an earlier run"),
    ],
)
def test_folder_of_another_run_is_refused(mini_recipe, pairs_folder, change, said):
    entries = {"dataset": str(pairs_folder), "max_steps": 2, "save_strategy": "steps", "save_steps": 1}
    main([mini_recipe(**entries)])
    with pytest.raises(InputError, match=said):
        main([mini_recipe(**{**entries, **change})])


def test_head_for_action_units_is_trained_alone(mini_recipe, portraits, tmp_path, monkeypatch):
    monkeypatch.setattr("micron_bert.data.examples.labelled.load_portraits", lambda folders, size: portraits)
    sizes = yaml.safe_load(Path(mini_recipe()).read_text())["config"] | {"classifier": "positional"}
    main([mini_recipe(faces=[str(tmp_path)], num_pairs=4, test_pairs=0, output_dir=str(tmp_path / "a"), config=sizes)])
    recipe = mini_recipe(
        faces=[str(tmp_path)], num_pairs=12, test_pairs=8, config=None, checkpoint=str(tmp_path / "a"),
        train_only="action_units", action_units=["4", "12"], combinations=0.5,
    )  # fmt: skip
    main([recipe])
    before, after = weights(tmp_path / "a"), weights(tmp_path / "run")
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert {name.split(".")[0] for name in after.keys() - before.keys()} == {"action_units"}
    scores = json.loads((tmp_path / "run" / "metrics.json").read_text())["action_units"]
    assert list(scores["f1"]) == ["4", "12"] and scores["samples"] == 8
    # the head goes on from where it is, without naming the units again
    again = mini_recipe(
        faces=[str(tmp_path)], num_pairs=4, test_pairs=0, config=None, checkpoint=str(tmp_path / "run"),
        train_only="action_units", output_dir=str(tmp_path / "again"), learning_rate=0.0,
    )  # fmt: skip
    main([again])
    assert largest_difference(after, weights(tmp_path / "again")) == 0
    # as many units, but others, are learned anew; each pair is shown twice, and nothing is left of its features
    others = mini_recipe(
        faces=[str(tmp_path)], num_pairs=4, passes=2, test_pairs=0, config=None, checkpoint=str(tmp_path / "run"),
        train_only="action_units", action_units=["1", "2"], output_dir=str(tmp_path / "others"), learning_rate=0.0,
    )  # fmt: skip
    main([others])
    new = weights(tmp_path / "others")
    assert new.keys() == after.keys()
    assert not torch.equal(new["action_units.flat.weight"], after["action_units.flat.weight"])
    assert json.loads((tmp_path / "others" / "metrics.json").read_text())["steps"] == 2
    assert not (tmp_path / "others" / "features").exists()


def test_nothing_to_train_alone_is_refused(mini_recipe, portraits, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("micron_bert.data.examples.labelled.load_portraits", lambda folders, size: portraits)
    sizes = yaml.safe_load(Path(mini_recipe()).read_text())["config"] | {"classifier": "positional"}
    main([mini_recipe(faces=[str(tmp_path)], num_pairs=4, test_pairs=0, output_dir=str(tmp_path / "a"), config=sizes)])
    recipe = mini_recipe(
        faces=[str(tmp_path)], config=None, checkpoint=str(tmp_path / "a"), train_only="action_units"
    )  # fmt: skip
    with pytest.raises(InputError, match="name the units with `action_units`"):
        main([recipe])


def test_stored_datasets_teach_units_beside_classes(mini_recipe, pairs_folder, tmp_path):
    sizes = yaml.safe_load(Path(mini_recipe()).read_text())["config"]
    config = {**sizes, "classifier": "positional", "action_units": ["1", "4", "12"]}
    main([mini_recipe(dataset=str(pairs_folder), max_steps=2, config=config)])
    scores = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert (
        "uf1" in scores
        and scores["action_units"]["samples"] > 0
        and sum(scores["action_units"]["occurs"].values()) > 0
    )

"""Pictures of a training run: of the same pairs at each checkpoint, and without a trace in the weights."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from micron_bert.training.micro_maps import FOLDER
from micron_bert.training.pretrain import main


def test_each_checkpoint_has_a_picture_and_the_run_ends_at_the_same_weights(
    mini_recipe, clips_folder, tmp_path, monkeypatch
):
    entries = {"dataset": str(clips_folder), "num_pairs": 8, "test_pairs": 3, "save_strategy": "steps"}
    main([mini_recipe(**entries, save_steps=1)])
    pictures = sorted((tmp_path / "run" / FOLDER).iterdir())
    assert [path.name for path in pictures] == ["step_00000001.png", "step_00000002.png"]
    first, second = (np.asarray(Image.open(path)) for path in pictures)
    assert first.shape == (3 * 32, 3 * 32, 3)
    np.testing.assert_array_equal(first[:, :64], second[:, :64])  # the faces
    assert (first[:, 64:] != first[:, 32:64]).any()  # the map lies over the later frame
    monkeypatch.setattr("micron_bert.training.micro_maps.MicroMaps.on_save", lambda *args, **kwargs: None)
    main([mini_recipe(**entries, save_steps=1, output_dir=str(tmp_path / "without"))])
    weights = [load_file(tmp_path / run / "model.safetensors") for run in ("run", "without")]
    assert all(torch.equal(one, weights[1][name]) for name, one in weights[0].items())


LOGGED = {"loss", "reconstruction_loss", "agreement_loss", "spread_loss", "pairs_per_second", "waiting_per_second"}


@pytest.fixture
def entries(clips_folder):
    return {"dataset": str(clips_folder), "num_pairs": 16, "test_pairs": 3, "save_strategy": "steps", "save_steps": 2}


def test_tensorboard_has_losses_waiting_throughput_and_pictures(entries, mini_recipe, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    main([mini_recipe(**entries, logging_steps=1, report_to="tensorboard")])
    (folder,) = (tmp_path / "run" / "runs").iterdir()
    written = EventAccumulator(str(folder))
    written.Reload()
    state = json.loads((tmp_path / "run" / "checkpoint-4" / "trainer_state.json").read_text())
    for name in LOGGED:
        curve = [(event.step, event.value) for event in written.Scalars(f"train/{name}")]
        np.testing.assert_allclose(curve, [(line["step"], line[name]) for line in state["log_history"]], rtol=1e-6)
        assert len(curve) == 4
    assert len(written.Scalars("eval/loss")) == 1
    pictures = written.Images(FOLDER)
    assert [(picture.step, picture.height, picture.width) for picture in pictures] == [(2, 96, 96), (4, 96, 96)]


@pytest.mark.slow
def test_trackio_has_the_same_in_one_run_that_goes_on(entries, mini_recipe, tmp_path):
    """In a process of its own: where Trackio writes to is settled when it is imported."""
    pytest.importorskip("trackio")
    recipe = mini_recipe(**entries, logging_steps=1, report_to="trackio")
    command = [sys.executable, "-m", "micron_bert.training.pretrain", recipe]
    environment = os.environ | {"TRACKIO_DIR": str(tmp_path / "trackio"), "OMP_NUM_THREADS": "1"}
    for _ in range(2):
        subprocess.run(command, env=environment, check=True)
        (tmp_path / "run" / "checkpoint-4" / "trainer_state.json").unlink()  # as if interrupted
    with closing(sqlite3.connect(tmp_path / "trackio" / "huggingface.db")) as database:
        rows = database.execute("select run_name, metrics from metrics").fetchall()
    assert len({name for name, _ in rows}) == 1 and rows[0][0].startswith("run-")
    said = [json.loads(text) for _, text in rows]
    assert any({f"train/{name}" for name in LOGGED} <= line.keys() for line in said)
    assert any("eval/loss" in line for line in said)
    shown = [line for line in said if FOLDER in line]
    assert [line["train/global_step"] for line in shown] == [2, 4, 4]
    for line in shown:
        picture = Image.open(tmp_path / "trackio" / "media" / line[FOLDER]["file_path"])
        assert picture.size == (96, 96)


def test_a_name_of_a_run_is_that_of_its_folder_alone(tmp_path):
    from micron_bert.arguments.training import MicronBertTrainingArguments

    folders = [tmp_path / "one" / "run", tmp_path / "other" / "run", tmp_path / "one" / ".." / "one" / "run"]
    names = [MicronBertTrainingArguments(output_dir=str(folder), use_cpu=True).run_name for folder in folders]
    assert names[0].startswith("run-") and names[0] != names[1] and names[0] == names[2]
    given = MicronBertTrainingArguments(output_dir=str(tmp_path), use_cpu=True, run_name="mine")
    assert given.run_name == "mine"

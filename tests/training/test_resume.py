import json

import pytest
import torch

from micron_bert.arguments.training import MicronBertTrainingArguments
from micron_bert.errors import InputError
from micron_bert.training.resume import SHARED, is_complete, last_complete_checkpoint, processes_of
from micron_bert.training.run import start_of


@pytest.fixture
def write(tmp_path):
    def write(step, processes=1, optimizer=("optimizer.pt",)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        ranks = ["rng_state.pth"] if processes == 1 else [f"rng_state_{rank}.pth" for rank in range(processes)]
        for name in (*optimizer, "scheduler.pt", *ranks):
            torch.save({"step": step}, folder / name)
        (folder / "model.safetensors").write_bytes(b"weights")
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))
        return folder

    return write


def test_most_steps_win(write, tmp_path):
    write(9), write(10)
    assert last_complete_checkpoint(tmp_path).name == "checkpoint-10"
    assert last_complete_checkpoint(tmp_path / "nowhere") is None


@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.pt", "scheduler.pt", "rng_state.pth"])
def test_missing_file_makes_it_incomplete(write, tmp_path, name):
    write(1)
    (write(2) / name).unlink()
    assert last_complete_checkpoint(tmp_path).name == "checkpoint-1"


@pytest.mark.parametrize("name", ["optimizer.pt", "rng_state.pth", "trainer_state.json"])
def test_cut_off_file_makes_it_incomplete(write, name):
    folder = write(3)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    assert not is_complete(folder)


def test_an_archive_said_to_lie_on_several_disks_is_incomplete(write):
    path = write(3) / "optimizer.pt"
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x06\x07") + 16] = 7
    path.write_bytes(content)
    assert not is_complete(path.parent)


def test_every_process_must_have_written(write):
    folder = write(3, processes=2)
    assert is_complete(folder, 2) and processes_of(folder) == 2
    assert not is_complete(folder, 1) and not is_complete(folder, 3)


@pytest.mark.parametrize("shared", [False, True])
def test_a_run_goes_on_only_with_weights_shared_out_as_before(write, tmp_path, monkeypatch, shared):
    folder = write(3, optimizer=("optimizer.bin", SHARED) if shared else ("optimizer.pt",))
    assert is_complete(folder)
    (tmp_path / "training.yaml").write_text("{}")
    training = MicronBertTrainingArguments(output_dir=str(tmp_path), use_cpu=True)
    monkeypatch.setenv("ACCELERATE_USE_FSDP", str(shared).lower())
    assert start_of(training, {}) == str(folder)
    monkeypatch.setenv("ACCELERATE_USE_FSDP", str(not shared).lower())
    with pytest.raises(InputError, match="with `fsdp.yaml` as well" if shared else "without FSDP as well"):
        start_of(training, {})


def test_a_run_without_a_complete_checkpoint_says_that_it_starts_anew(write, tmp_path, caplog):
    (write(3) / "optimizer.pt").unlink()
    (tmp_path / "training.yaml").write_text("{}")
    assert start_of(MicronBertTrainingArguments(output_dir=str(tmp_path), use_cpu=True), {}) is None
    assert "No checkpoint in" in caplog.text and "starts from its beginning" in caplog.text


def test_a_folder_with_somebody_elses_model_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"a week of training")
    training = MicronBertTrainingArguments(output_dir=str(tmp_path), use_cpu=True)
    with pytest.raises(InputError, match="holds the file `model.safetensors`, which would be replaced"):
        start_of(training, {})
    (tmp_path / "training.yaml").write_text("{}")
    assert start_of(training, {}) is None

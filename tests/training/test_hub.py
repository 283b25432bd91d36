"""Checkpoints on the Hub by the Trainer's own options: what arrives there is enough to go on elsewhere."""

import shutil
from concurrent.futures import Future
from pathlib import Path

import pytest
import torch
from huggingface_hub.utils import filter_repo_objects
from safetensors.torch import load_file

from micron_bert import MicronBertForPreTraining
from micron_bert.errors import InputError
from micron_bert.training.pretrain import main


class Hub:
    """A folder in place of the Hub."""

    def __init__(self, folder):
        self.folder, self.fourth, self.messages = folder, folder.with_name("fourth"), []

    def create_repo(self, name, **options):
        return type("Repository", (), {"repo_id": f"lab/{name}"})()

    def upload_folder(self, repo_id, folder_path, commit_message, path_in_repo="", ignore_patterns=None, **options):
        assert options["run_as_future"], "training would wait for the upload"
        files = [path.relative_to(folder_path) for path in sorted(Path(folder_path).rglob("*")) if path.is_file()]
        for name in filter_repo_objects(map(str, files), ignore_patterns=ignore_patterns):
            target = self.folder / path_in_repo / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(folder_path, name), target)
        self.messages.append(commit_message)
        if commit_message.endswith("step 4, checkpoint"):
            shutil.copytree(self.folder / path_in_repo, self.fourth)
        done = Future()
        done.set_result(None)
        return done


@pytest.fixture
def hub(tmp_path, monkeypatch):
    hub = Hub(tmp_path / "hub")
    monkeypatch.setattr("transformers.trainer.hf_api", lambda *args, **options: hub)
    return hub


@pytest.mark.parametrize("buffered", [False, True])
def test_a_run_goes_on_elsewhere_from_what_arrived(hub, mini_recipe, clips_folder, tmp_path, monkeypatch, buffered):
    entries = {"dataset": str(clips_folder), "num_pairs": 24, "test_pairs": 4, "average_decay": 0.5}
    entries |= {"save_strategy": "steps", "save_steps": 2, "checkpoint_buffer": str(tmp_path) if buffered else None}
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    main([mini_recipe(**entries, push_to_hub=True, hub_strategy="checkpoint")])
    assert hub.messages[:2] == ["Training in progress, step 2", "Training in progress, step 2, checkpoint"]
    assert {"last-checkpoint", "model.safetensors", "config.json"} <= {path.name for path in hub.folder.iterdir()}
    final = MicronBertForPreTraining.from_pretrained(tmp_path / "run").state_dict()
    arrived = MicronBertForPreTraining.from_pretrained(hub.folder).state_dict()
    assert all(torch.equal(one, arrived[name]) for name, one in final.items())
    for path in (*hub.folder.rglob("*"), *(tmp_path / "run").glob("*")):
        assert not path.is_file() or b"hf_secret" not in path.read_bytes(), f"{path.name} holds the token"

    # the machine is lost after the fourth step
    whole = [load_file(tmp_path / "run" / part / "model.safetensors") for part in ("", "average")]
    main([mini_recipe(**entries, output_dir=str(tmp_path / "b"), resume_from_checkpoint=str(hub.fourth))])
    for part, one in zip(("", "average"), whole, strict=True):
        again = load_file(tmp_path / "b" / part / "model.safetensors")
        assert all(torch.equal(tensor, again[name]) for name, tensor in one.items())


def test_a_token_that_would_be_written_into_files_is_refused(mini_recipe):
    with pytest.raises(
        InputError, match="`hub_token` would be written into the files of the run; run `hf auth login`"
    ):
        main([mini_recipe(hub_token="hf_secret")])

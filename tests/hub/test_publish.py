"""Everything is published to a Hub on this machine, and loads from it where the package is not installed."""

import json
import os
import pickle
import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch
from huggingface_hub import HfApi
from safetensors.torch import load_file, save_file
from transformers import pipeline

import micron_bert
from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.cli.main import main
from micron_bert.metrics import action_unit_f1
from micron_bert.ops import diagonal_micro_attention
from micron_bert.publishing.upload import lacks_kernels
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.synthesis.clips.clip import synthesize_clip

REPO = "org/micron-bert"


def publish(*arguments):
    return main(["publish", "--repo", REPO, *map(str, arguments)])


ELSEWHERE = """
import os, pickle, sys
sys.modules["micron_bert"] = None  # as if it were not installed
import torch
from transformers import AutoImageProcessor, AutoModel, AutoModelForVideoClassification, pipeline
repo, trust, results = "org/micron-bert", {"trust_remote_code": True}, {}
given = pickle.load(open(sys.argv[1], "rb"))
pixel_values = AutoImageProcessor.from_pretrained(repo, **trust)(given["pair"], return_tensors="pt").pixel_values
with torch.no_grad():
    model = AutoModelForVideoClassification.from_pretrained(repo, **trust)
    results["logits"] = model(pixel_values).logits.numpy()
    results["features"] = AutoModel.from_pretrained(repo, **trust)(pixel_values).micro_hidden_state.numpy()
    tagged = AutoModelForVideoClassification.from_pretrained(repo, revision="v0.1.0", **trust)
    results["tagged"] = tagged(pixel_values).logits.numpy()
recognize = pipeline("micro-expression-recognition", model=repo, device="cpu", **trust)
results["pipeline"] = recognize([given["pair"], given["clip"]], batch_size=2)
results["stock"] = pipeline("video-classification", model=repo, device="cpu", **trust).model.config.num_frames

import evaluate
metric = evaluate.load("org/micron-bert-au_f1")
results["au_f1"] = metric.compute(predictions=given["predictions"], references=given["labels"])["by_unit"]

from datasets import load_dataset
clips = load_dataset("org/micron-bert-synthetic", split="train")
results["clips"] = (len(clips), clips[0]["subject"], clips[0]["frames"][0].size)
pickle.dump(results, open(sys.argv[2], "wb"))
"""
KERNEL_ELSEWHERE = """
import pickle, sys
sys.modules["micron_bert"] = None
from kernels import get_kernel
kernel = get_kernel("org/micron-bert-kernel", version=1, trust_remote_code=True)
results = {"file": kernel.__file__}
results["parts"] = [part.numpy() for part in kernel.diagonal_micro_attention(*pickle.load(open(sys.argv[1], "rb")))]
pickle.dump(results, open(sys.argv[2], "wb"))
"""


def run_elsewhere(program, given, hub, folder):
    """What a program leaves in a process that has nothing of this machine's cache."""
    (folder / "given").write_bytes(pickle.dumps(given))
    kept = ("PATH", "HOME", "TMPDIR", "LANG", "OMP_NUM_THREADS")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(folder / "home")}
    command = [sys.executable, "-c", program, str(folder / "given"), str(folder / "results")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)
    assert done.returncode == 0, done.stderr
    return pickle.loads((folder / "results").read_bytes())


def test_everything_loads_elsewhere_and_says_the_same(published, hub, portraits, tmp_path):
    clip = synthesize_clip(portraits[0], "happiness", amplitude=2.0, fps=30, rng=np.random.default_rng(1)).frames
    given = {
        "clip": list(clip),
        "pair": (clip[2], clip[9]),
        "predictions": [[0, 1], [1, 1], [1, 0]],
        "labels": [[0, 1], [1, 0], [1, 1]],
    }
    results = run_elsewhere(ELSEWHERE, given, hub, tmp_path)

    recognizer = Recognizer.from_pretrained()
    pixel_values = recognizer.processor(given["pair"], return_tensors="pt").pixel_values
    with torch.no_grad():
        logits = recognizer.model(pixel_values).logits.numpy()
        features = recognizer.model.micron_bert(pixel_values).micro_hidden_state.numpy()
    for name, expected in (("logits", logits), ("tagged", logits), ("features", features)):
        np.testing.assert_allclose(results[name], expected, atol=1e-5)
    micron_bert.register()
    recognize = pipeline("micro-expression-recognition", model=str(shipped_checkpoint()), device="cpu")
    for mine, its in zip(results["pipeline"], (recognize(given["pair"]), recognize(given["clip"])), strict=True):
        assert (mine["label"], mine["interval"]) == (its["label"], its["interval"])
        assert mine["score"] == pytest.approx(its["score"], abs=1e-5)
        np.testing.assert_allclose(mine["micro_map"], its["micro_map"], atol=1e-5)
    assert results["stock"] == 2
    assert results["au_f1"] == pytest.approx(action_unit_f1(given["labels"], given["predictions"]).tolist())
    assert results["clips"] == (5, results["clips"][1], (56, 56)) and results["clips"][1] in ("001", "002")


def test_the_kernel_loads_elsewhere_and_says_the_same(published, hub, tmp_path):
    pytest.importorskip("kernels.layer")  # a folder of ours is called `kernels`, too
    if lacks_kernels():
        pytest.skip(lacks_kernels())
    attention = tuple(torch.randn(3, 2, 1, 9, 16, generator=torch.Generator().manual_seed(0)))
    results = run_elsewhere(KERNEL_ELSEWHERE, attention, hub, tmp_path)
    for mine, its in zip(results["parts"], diagonal_micro_attention(*attention), strict=True):
        np.testing.assert_allclose(mine, its.numpy(), atol=1e-6)
    assert str(tmp_path / "home") in results["file"]


def test_what_is_on_the_hub_is_what_was_built(published, on_hub):
    for (kind, name), repository in on_hub.repositories.items():
        folder = published / name.split("/")[1]
        built = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        branches = {"main", "v1"} if kind == "kernel" else {"main"}
        assert set(repository.branches) == branches and set(repository.tags) == {"v0.1.0"}
        for reference in (*repository.branches.values(), *repository.tags.values()):
            assert {path: blob.content for path, blob in repository.commits[reference].items()} == built
    kinds = [kind for kind, _ in on_hub.repositories]
    expected = {"dataset", "model", "space"} | ({"kernel"} if lacks_kernels() is None else set())
    assert set(kinds) == expected and kinds.count("space") == 5


def test_second_time_nothing_is_uploaded(published, on_hub, data, tmp_path, capsys):
    assert publish("--what", "all", "--data", data, "--output", tmp_path / "staged") == 0
    assert [path for path in on_hub.uploads() if not path.endswith("/batch")] == []
    assert "uploaded" not in capsys.readouterr().out


def logits_on_hub(cache):
    recognizer = Recognizer.from_pretrained(HfApi().snapshot_download(REPO, cache_dir=cache))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        return recognizer.model(torch.randn(1, 2, 3, 112, 112, generator=generator)).logits


def test_broken_connection_leaves_the_model_whole_and_a_repeat_completes_it(published, on_hub, tmp_path, capsys):
    before = logits_on_hub(tmp_path / "cache")
    checkpoint = tmp_path / "checkpoint"
    shutil.copytree(shipped_checkpoint(), checkpoint)
    weights = load_file(checkpoint / "model.safetensors")
    weights["classifier.clip.out_proj.bias"] += 1 + torch.arange(4.0)
    save_file(weights, checkpoint / "model.safetensors", {"format": "pt"})
    try:
        on_hub.cut_after = 100_000
        assert publish("--checkpoint", checkpoint, "--output", tmp_path / "staged") == 2
        sentence = capsys.readouterr().err
        assert "the same command goes on from here" in sentence and len(sentence.strip().splitlines()) == 1
        assert torch.equal(logits_on_hub(tmp_path / "cache"), before)
        on_hub.cut_after = None
        assert publish("--checkpoint", checkpoint, "--output", tmp_path / "staged") == 0
        after = logits_on_hub(tmp_path / "cache")
        torch.testing.assert_close(after - before, (1 + torch.arange(4.0))[None])
        assert "a changed release needs a new version" in capsys.readouterr().out
    finally:
        on_hub.cut_after = None
        publish("--output", tmp_path / "staged")
    assert torch.equal(logits_on_hub(tmp_path / "cache"), before)


def test_what_arrived_before_the_connection_broke_is_not_sent_again(on_hub, data, tmp_path):
    arguments = (
        "--repo",
        "org/resumed",
        "--what",
        "dataset",
        "--data",
        str(data),
        "--output",
        str(tmp_path / "staged"),
    )
    kept, on_hub.large = on_hub.large, {}
    shards = sorted(path.stat().st_size for path in (data / "data").glob("*.parquet"))
    try:
        on_hub.cut_after = shards[2]
        assert main(["publish", *arguments]) == 2
        assert len(on_hub.large) == 3 and not on_hub.repositories["dataset", "org/resumed-synthetic"].tags
        on_hub.cut_after = None
        on_hub.requests.clear()
        assert main(["publish", *arguments]) == 0
        assert len([path for method, path in on_hub.requests if method == "PUT"]) == 3
        assert len(on_hub.large) == len(shards)
    finally:
        on_hub.cut_after = None
        on_hub.large |= kept
        del on_hub.repositories["dataset", "org/resumed-synthetic"]


def test_files_that_are_no_longer_part_of_it_are_deleted(published, on_hub, tmp_path):
    stale = {"path_or_fileobj": b"x = 1", "repo_id": REPO}
    HfApi().upload_file(path_in_repo="old_micron_bert.py", **stale)
    HfApi().upload_file(path_in_repo="notes.txt", **stale)
    assert publish("--output", tmp_path / "staged") == 0
    files = HfApi().list_repo_files(REPO)
    assert "old_micron_bert.py" not in files and "notes.txt" in files
    HfApi().delete_file("notes.txt", REPO)


@pytest.mark.parametrize(
    "change, repo, sentence",
    [
        (lambda patch: patch.delenv("HF_TOKEN"), REPO, "set `HF_TOKEN`"),
        (lambda patch: None, "nobody/micron-bert", "`nobody` is not yours"),
        (lambda patch: None, "micron-bert", "cannot name a repository"),
        (lambda patch: None, "org/micron bert", "cannot name a repository"),
        (
            lambda patch: patch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:1"),
            REPO,
            "The Hub cannot be used",
        ),
        (lambda patch: patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True), REPO, "`HF_HUB_OFFLINE`"),
    ],
)
def test_what_stands_in_the_way_is_told_in_a_sentence(on_hub, monkeypatch, tmp_path, capsys, change, repo, sentence):
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setenv("HF_STORED_TOKENS_PATH", str(tmp_path / "tokens"))
    change(monkeypatch)
    assert main(["publish", "--repo", repo, "--output", str(tmp_path / "staged")]) == 2
    error = capsys.readouterr().err
    assert sentence in error and len(error.strip().splitlines()) == 1
    assert not on_hub.uploads()


def test_a_hub_library_that_uploads_no_kernels_is_told(on_hub, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("huggingface_hub.__version__", "1.31.0")
    assert publish("--what", "kernel", "--output", tmp_path / "staged") == 2
    error = capsys.readouterr().err
    assert "`huggingface-hub` 2.3 or newer (here: 1.31.0); update it" in error and len(error.splitlines()) == 1
    assert not on_hub.uploads() and not (tmp_path / "staged").exists()
    for version in ("2.3.0", "2.10.1", "3.0.0.dev0"):
        monkeypatch.setattr("huggingface_hub.__version__", version)
        assert lacks_kernels() is None


def test_dry_run_asks_nobody_and_shows_what_would_be_there(hub, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    hub.requests.clear()
    assert publish("--what", "kernel", "--dry-run", "--output", tmp_path / "staged") == 0
    shown = capsys.readouterr().out
    assert "build/torch-cpu/metadata.json" in shown and 'get_kernel("org/micron-bert-kernel"' in shown
    assert (
        json.loads((tmp_path / "staged/micron-bert-kernel/build/torch-cuda/metadata.json").read_text())["version"] == 1
    )
    assert not hub.requests

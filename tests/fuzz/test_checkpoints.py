"""Two hundred broken checkpoints: each gives an answer of the model that it is, or is refused in one sentence."""

import json
import random
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from micron_bert.checkpoints.names import shipped_checkpoint

BATCH = 25
VALUES = [None, 0, -1, 1, 2, 7, 1e9, 10**12, 0.5, "two", "", True, [], {}, [1, 2], {"0": "a"}, "../x", float("inf")]

pytestmark = pytest.mark.fuzz


def batches(cases):
    return [pytest.param(range(s, s + BATCH), id=f"{s}-{s + BATCH - 1}") for s in range(0, cases, BATCH)]


@pytest.fixture
def pair(face, tmp_path):
    """Two pictures of the size of the model, which need no face detector."""
    for name, picture in zip(("onset.png", "apex.png"), face, strict=True):
        Image.fromarray(picture).resize((112, 112)).save(tmp_path / name)
    return tmp_path / "onset.png", tmp_path / "apex.png"


def spoil(folder, seed, damaged):
    """Damages the weights, or puts odd values into a settings file."""
    rng = random.Random(seed)
    files = sorted(path for path in folder.iterdir() if path.suffix in (".json", ".safetensors", ".npz"))
    path = rng.choice(files)
    if path.suffix != ".json" or rng.random() < 0.2:
        path.write_bytes(damaged(path.read_bytes(), seed))
        return path.name
    settings = json.loads(path.read_text(encoding="utf-8"))
    for _ in range(rng.choice((1, 2))):
        name = rng.choice([*settings, "no_such_setting"])
        if rng.random() < 0.2:
            settings.pop(name, None)
        else:
            settings[name] = rng.choice(VALUES)
    path.write_text(json.dumps(settings), encoding="utf-8")
    return f"{path.name}: {name}"


@pytest.mark.parametrize("seeds", batches(150))
def test_broken_folders(seeds, pair, damaged, commands, empty, tmp_path):
    faults = []
    for seed in seeds:
        folder, output = tmp_path / "model", empty()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(shipped_checkpoint(), folder)
        what = spoil(folder, seed, damaged)
        answer = commands("recognize", *pair, "--model", folder, "--output", output)
        if fault := answer.fault(output):
            faults.append((seed, what, fault))
    assert not faults


@pytest.mark.parametrize("seeds", batches(50))
def test_broken_files_of_the_authors(seeds, damaged, commands, empty, tmp_path):
    rng = np.random.default_rng(0)
    state = {f"module.{name}": torch.from_numpy(rng.normal(size=8)) for name in ("cls_token", "blocks.0.norm1.weight")}
    sound = tmp_path / "sound.pth"
    torch.save({"student": state, "teacher": state, "epoch": 3}, sound)
    odd = [
        None,
        3,
        "text",
        [],
        {},
        {"student": 3},
        {"student": {"a": "b"}},
        {"student": {"cls_token": torch.ones(1, 1).expand(10**6, 10**6)}},
    ]
    faults = []
    for seed in seeds:
        file, output = tmp_path / "file.pth", empty()
        if seed % 3:
            file.write_bytes(damaged(sound.read_bytes(), seed))
        else:
            torch.save(odd[seed // 3 % len(odd)], file)
        answer = commands("convert", file, output)
        fault = answer.fault(output) or (answer.status == 0 and "it converted what holds no model")
        if fault:
            faults.append((seed, fault))
    assert not faults


def test_the_sound_one_answers(pair, commands, empty):
    output = empty()
    assert commands("recognize", *pair, "--model", shipped_checkpoint(), "--output", output).status == 0
    assert (output / "result.json").is_file()

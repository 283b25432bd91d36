"""Folders load through every Auto class in a process where `micron_bert` cannot be imported."""

import json
import os
import subprocess
import sys

import pytest
import torch

from micron_bert import (
    MicronBertForPreTraining,
    MicronBertForVideoClassification,
    MicronBertImageProcessor,
    MicronBertModel,
)

WITHOUT_THE_PACKAGE = """
import sys, json
sys.modules["micron_bert"] = None  # as if it were not installed
import torch
from transformers import (
    AutoConfig, AutoImageProcessor, AutoModel, AutoModelForPreTraining, AutoModelForVideoClassification
)
folder = sys.argv[1]
clip = torch.load(sys.argv[2], weights_only=True)
trust = {"trust_remote_code": True}
numbers = {"type": AutoConfig.from_pretrained(folder, **trust).model_type}
with torch.no_grad():
    base = AutoModel.from_pretrained(folder, **trust).eval()
    numbers["base"] = base(clip).micro_hidden_state.sum().item()
    head = AutoModelForVideoClassification.from_pretrained(folder, **trust).eval()
    numbers["head"] = head(clip).logits.sum().item()
    generator = torch.Generator().manual_seed(0)
    training = AutoModelForPreTraining.from_pretrained(folder, **trust).eval()
    numbers["training"] = training(clip, generator=generator).loss.item()
frames = torch.zeros(2, 3, 40, 40, dtype=torch.uint8)
numbers["processor"] = list(AutoImageProcessor.from_pretrained(folder, **trust)(frames).pixel_values.shape)
head.save_pretrained(sys.argv[3])
print("NUMBERS", json.dumps(numbers))
"""


@pytest.mark.parametrize("saved", ["MicronBertModel", "MicronBertForPreTraining", "MicronBertForVideoClassification"])
def test_loads_everywhere_without_the_package(saved, mini_config, tmp_path):
    classes = {c.__name__: c for c in (MicronBertModel, MicronBertForPreTraining, MicronBertForVideoClassification)}
    torch.manual_seed(0)
    model = classes[saved](mini_config).eval()
    model.save_pretrained(tmp_path / "model")
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    clip = torch.randn(1, 2, 3, 32, 32)
    torch.save(clip, tmp_path / "clip.pt")

    environment = {**os.environ, "HF_MODULES_CACHE": str(tmp_path / "modules"), "HF_HUB_OFFLINE": "1"}
    arguments = [str(tmp_path / name) for name in ("model", "clip.pt", "again")]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_PACKAGE, *arguments], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    numbers = json.loads(done.stdout.split("NUMBERS")[1])

    with torch.no_grad():
        base = model if saved == "MicronBertModel" else model.micron_bert
        assert numbers["base"] == pytest.approx(base(clip).micro_hidden_state.sum().item(), abs=1e-4)
        if saved == "MicronBertForVideoClassification":
            assert numbers["head"] == pytest.approx(model(clip).logits.sum().item(), abs=1e-5)
        if saved == "MicronBertForPreTraining":
            loss = model(clip, generator=torch.Generator().manual_seed(0)).loss.item()
            assert numbers["training"] == pytest.approx(loss, abs=1e-5)
    assert numbers["type"] == "micron_bert" and numbers["processor"] == [1, 2, 3, 32, 32]

    # what remote code saves is again complete
    assert set(json.loads((tmp_path / "again" / "config.json").read_text())["auto_map"]) == {
        "AutoConfig",
        "AutoModel",
        "AutoModelForPreTraining",
        "AutoModelForVideoClassification",
    }
    assert (tmp_path / "again" / "heads_micron_bert.py").is_file()

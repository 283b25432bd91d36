"""Each snippet of the cards on the Hub runs as typed, in an empty folder; the model's with the package and without."""

import json
import os
import re
import subprocess
import sys

import pytest

SNIPPET = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
TYPED = """
import json, sys
if sys.argv[1] == "without":
    sys.modules["micron_bert"] = None
for card, snippets in json.load(sys.stdin).items():
    names = {}
    for number, snippet in enumerate(snippets):
        exec(compile(snippet, f"{card}, snippet {number}", "exec"), names)
"""


def snippets_of(folder, language):
    """Texts of the snippets of each card, by the name of the repository."""
    cards = {path.parent.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*/README.md"))}
    return {name: [text for kind, text in SNIPPET.findall(card) if kind == language] for name, card in cards.items()}


@pytest.fixture
def type_in(hub, published, tmp_path):
    """Types snippets into a Python with a home of its own, which reaches the Hub and nothing else."""

    def type_in(snippets, package):
        kept = ("PATH", "HOME", "TMPDIR", "LANG", "OMP_NUM_THREADS", "MICRON_BERT_FACE_MODELS")
        environment = {name: os.environ[name] for name in kept if name in os.environ}
        environment |= {"HF_ENDPOINT": hub.url, "HF_HUB_DISABLE_XET": "1", "HF_HOME": str(tmp_path / "home")}
        (tmp_path / "empty").mkdir()
        command = [sys.executable, "-W", "error::DeprecationWarning:__main__", "-c", TYPED, package]
        done = subprocess.run(
            command,
            input=json.dumps(snippets),
            capture_output=True,
            text=True,
            env=environment,
            cwd=tmp_path / "empty",
        )
        assert done.returncode == 0, done.stderr
        assert not list((tmp_path / "empty").iterdir())
        return done.stdout

    return type_in


@pytest.mark.slow
def test_without_the_package(type_in, published):
    snippets = snippets_of(published, "python")
    snippets["micron-bert"], (spotter,) = snippets["micron-bert"][:2], snippets["micron-bert"][2:]
    assert "import Spotter" in spotter
    assert len(snippets) == 8 and all(snippets[name] for name in snippets if name != "micron-bert-space")
    told = type_in(snippets, "without")
    assert "% of the distance between the eyes" in told and "cannot tell two frames" in told


@pytest.mark.slow
def test_model_with_the_package(type_in, published):
    told = type_in({"model": snippets_of(published, "python")["micron-bert"]}, "with")
    assert "cannot tell two frames" in told and "\nyes " in told


@pytest.mark.slow
def test_the_package_can_be_installed_as_the_card_says(published, hub, tmp_path):
    lines = "".join(snippets_of(published, "bash")["micron-bert"]).splitlines()
    (address,) = (line.split("@ ")[1].rstrip('"') for line in lines if "micron-bert @" in line)
    address = address.replace("https://huggingface.co", hub.url)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(tmp_path / "target"),
    ]
    subprocess.run([*pip, f"micron-bert @ {address}"], check=True, capture_output=True)
    assert (tmp_path / "target" / "micron_bert" / "checkpoints" / "tiny" / "config.json").is_file()

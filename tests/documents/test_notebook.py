"""The notebook runs from its first cell to its last, in an empty folder; it finds what is there and leaves weights."""

import json

import pytest


@pytest.mark.slow
def test_first_steps(root, tmp_path, monkeypatch, capsys):
    notebook = json.loads((root / "examples" / "first_steps.ipynb").read_text(encoding="utf-8"))
    monkeypatch.chdir(tmp_path)
    names = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)
    assert "% of the distance between the eyes" in capsys.readouterr().out
    found = {row[0]: row[1] for row in names["table"]}
    assert set(names["mine"].runtime.labels.values()) == {"disgust", "happiness", "surprise"}
    assert found == {f"clip-{number}.mp4": ("yes" if number % 2 else "no") for number in range(1, 7)}


def test_notebook_is_kept_without_its_output(root):
    notebook = json.loads((root / "examples" / "first_steps.ipynb").read_text(encoding="utf-8"))
    assert not [cell for cell in notebook["cells"] if cell.get("outputs")]

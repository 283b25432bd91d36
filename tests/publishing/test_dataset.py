"""Clips are published of people who agreed to it, and of nobody else."""

import json

import pytest
from datasets import Dataset, load_dataset
from huggingface_hub import DatasetCard

from micron_bert.cli.main import main
from micron_bert.errors import InputError
from micron_bert.publishing.dataset import stage_dataset
from micron_bert.synthesis.clips.dataset import DatasetSettings
from micron_bert.synthesis.clips.settings import SETTINGS_FILE
from micron_bert.synthesis.face_sets import FACE_SETS

ID = "org/clips"


def test_folder_loads_and_its_card_says_whose_faces_these_are(write_clips, tmp_path):
    people = {"train": ["001", "002", "008f"], "test": ["003"]}
    repository = stage_dataset(ID, write_clips(people, ("london", "canada")), tmp_path / "staged")
    assert [str(path) for path in repository.files()] == [
        "README.md",
        "data/test-00000-of-00001.parquet",
        "data/train-00000-of-00001.parquet",
        "synthesis.json",
    ]
    card = DatasetCard.load(tmp_path / "staged" / "README.md")
    assert card.data.license == "cc-by-4.0"
    assert "| train | 3 | 3 | 1 | 1 | 1 | 0 |" in card.text and "| test | 1 | 1 | 1 | 0 | 0 | 0 |" in card.text
    for name in ("london", "canada"):
        assert FACE_SETS[name].address in card.text
    assert FACE_SETS["congress"].title not in card.text
    loaded = load_dataset(str(tmp_path / "staged"), cache_dir=str(tmp_path / "cache"))
    assert loaded["train"]["subject"] == people["train"]


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"sources": ()}, "does not say whose faces"),
        ({"sources": ("london", "congress")}, "`congress`, whose people were not asked"),
        ({"sources": ("somebody",)}, "`somebody`, whose people were not asked"),
        ({"people": {"train": ["001", "A000022"], "test": ["003"]}}, "`A000022` in .* is no name from london"),
        ({"people": {"train": ["001", "003"], "test": ["003"]}}, "`003` is in both splits"),
        ({"clips": 9}, "is not finished"),
    ],
)
def test_others_are_refused(write_clips, tmp_path, change, sentence):
    with pytest.raises(InputError, match=sentence):
        stage_dataset(ID, write_clips(**change), tmp_path / "staged")
    assert not (tmp_path / "staged").exists()


def test_a_folder_of_something_else_is_refused(tmp_path, capsys):
    with pytest.raises(InputError, match="no folder that `micron-bert synthesize` wrote"):
        stage_dataset(ID, tmp_path, tmp_path / "staged")
    assert main(["publish", "--repo", ID, "--what", "dataset", "--dry-run", "--output", str(tmp_path)]) == 2
    assert "Give the data set with `--data`" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["{", "[]", "5", "[" * 100_000, '{"clips": 2}'])
def test_settings_that_are_none_are_a_sentence_and_leave_nothing(write_clips, tmp_path, text, capsys):
    data, output = write_clips(), tmp_path / "out"
    (data / SETTINGS_FILE).write_text(text)
    command = ["publish", "--repo", ID, "--what", "dataset", "--dry-run", "--data", str(data), "--output", str(output)]
    capsys.readouterr()
    assert main(command) == 2
    error = capsys.readouterr().err
    assert "there is no readable `synthesis.json`" in error and error.count("\n") == 1 and not output.exists()


@pytest.mark.parametrize(
    "rows", [None, {"other": ["001"]}, {"subject": ["001"], "label": [9]}, {"subject": ["001"], "label": [[1]]}]
)
def test_clips_that_are_none_are_a_sentence(write_clips, tmp_path, rows):
    data = write_clips()
    path = next((data / "data").glob("train-*"))
    if rows is None:
        path.write_bytes(b"PAR1 and no more")
    else:
        Dataset.from_dict(rows).to_parquet(path)
    with pytest.raises(InputError, match="does not hold the clips"):
        stage_dataset(ID, data, tmp_path / "staged")


def test_synthesize_remembers_where_faces_are_from(write_clips):
    settings = json.loads((write_clips(sources=("canada",)) / SETTINGS_FILE).read_text())
    assert settings["sources"] == ["canada"]
    with pytest.raises(InputError, match="no set of faces `paris`"):
        DatasetSettings(clips=2, sources=("paris",))

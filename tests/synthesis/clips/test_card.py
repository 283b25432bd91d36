"""One card says what synthetic clips are, to whoever makes them and to whoever finds them on the Hub."""

from dataclasses import asdict

from huggingface_hub import DatasetCard

from micron_bert.synthesis.clips.card import dataset_card
from micron_bert.synthesis.clips.settings import DatasetSettings
from micron_bert.synthesis.face_sets import FACE_SETS

SPLITS = [{"name": "train", "clips": 80, "people": 4}, {"name": "test", "clips": 20, "people": 1}]


def test_card_of_clips_of_ones_own():
    text = dataset_card(asdict(DatasetSettings(clips=100, size=56, fps=60)), SPLITS)
    card = DatasetCard(text)
    assert card.data.license is None and card.data.configs[0]["data_files"][0]["split"] == "train"
    assert "| split | clips | people |\n|---|---|---|\n| train | 80 | 4 |\n| test | 20 | 1 |\n\n" in text
    assert "56 x 56 pixels and come at 60 per second" in text and "22.4 pixels apart" in text
    assert "conditions of the photographs hold for the clips too.\n" in text and "\n\n\n" not in text


def test_sets_are_named():
    text = dataset_card(asdict(DatasetSettings(clips=100, sources=("london",))), SPLITS)
    assert f"too; they are from:\n\n- {FACE_SETS['london'].reference()}\n\nChanges" in text
    published = dataset_card(asdict(DatasetSettings(clips=100, sources=("canada",))), SPLITS, repo_id="org/clips")
    assert DatasetCard(published).data.license == "cc-by-4.0" and 'load_dataset("org/clips"' in published
    assert f"published:\n\n- {FACE_SETS['canada'].reference()}\n\nChanges" in published and "\n\n\n" not in published

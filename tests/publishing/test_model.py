"""The model's card says what was measured, what was not, and what must not be done."""

import json
import shutil

import pytest
from huggingface_hub import ModelCard

from micron_bert.errors import InputError
from micron_bert.publishing.model import stage_model
from micron_bert.publishing.results import RESULTS_FILE, read_results
from micron_bert.recognition.recognizer import shipped_checkpoint

ID = "org/tiny"


@pytest.fixture
def checkpoint(tmp_path):
    shutil.copytree(shipped_checkpoint(), tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


def card_of(checkpoint, tmp_path):
    return ModelCard.load(stage_model(ID, checkpoint, tmp_path / "staged").folder / "README.md")


def test_card_of_the_shipped_model(tmp_path):
    repository = stage_model(ID, None, tmp_path / "staged")
    card = ModelCard.load(tmp_path / "staged" / "README.md")
    results = read_results(shipped_checkpoint())
    measured = {(r.dataset_config, r.metric_type): r.metric_value for r in card.data.eval_results}
    kinds = {"uf1": "f1", "uar": "recall"}
    assert measured == {(row["part"], kinds[name]): row[name] for row in results["results"] for name in kinds}
    assert card.data.license == "apache-2.0" and card.data.pipeline_tag == "video-classification"
    for sentence in ("no lie detector", "article 5", "work and in education", "DeBruine", f'model="{ID}"'):
        assert sentence in card.text
    names = {path.name for path in repository.files()}
    assert {"config.json", "model.safetensors", "preprocessor_config.json", "pipeline_micron_bert.py"} <= names
    assert {"evaluation.json", "LICENSE", "moment_micron_bert.py"} <= names
    assert not card.text.count("\n\n\n")


def test_differences_between_people_are_told_or_said_to_be_unknown(checkpoint, tmp_path):
    results = {**read_results(checkpoint), "groups": []}
    (checkpoint / RESULTS_FILE).write_text(json.dumps(results))
    assert "by age, sex, skin type have **not been measured**" in card_of(checkpoint, tmp_path).text
    row = {"attribute": "sex", "group": "female", "people": 12, "samples": 480, "uf1": 0.9, "uar": 0.876}
    (checkpoint / RESULTS_FILE).write_text(json.dumps({**results, "groups": [row]}))
    text = card_of(checkpoint, tmp_path).text
    assert "| sex | female | 12 | 480 | .900 / .876 | – |" in text
    (checkpoint / RESULTS_FILE).write_text(json.dumps({**results, "groups": [{**row, "interval": [0.85, 0.934]}]}))
    assert "| sex | female | 12 | 480 | .900 / .876 | .850 to .934 |" in card_of(checkpoint, tmp_path).text
    assert "by age, skin type have **not been measured**" in text


def test_where_it_fails_is_told(checkpoint, tmp_path):
    results = {**read_results(checkpoint), "limits": ["It takes a yawn for surprise."]}
    (checkpoint / RESULTS_FILE).write_text(json.dumps(results))
    assert "\n- It takes a yawn for surprise.\n" in card_of(checkpoint, tmp_path).text


def test_what_nobody_measured_is_not_claimed(checkpoint, tmp_path):
    (checkpoint / RESULTS_FILE).unlink()
    card = card_of(checkpoint, tmp_path)
    assert not card.data.eval_results and "has not been measured" in card.text
    assert "was not stated" in card.text and "no lie detector" in card.text


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("{", "no table of results"),
        ('{"results": [{"part": "all"}]}', "it lacks 'uf1'"),
        ('{"results": [{"part": "all", "uf1": 92, "uar": 0.9}]}', "has the score `92`"),
        ('{"groups": [{"attribute": "sex", "uf1": 0.9, "uar": 0.9, "interval": [0.8]}]}', "no table of results"),
        ('{"training": {"faces": ["paris"]}}', "no set of faces `paris`"),
        ("[]", "no table of results"),
    ],
)
def test_damaged_results_are_refused(checkpoint, tmp_path, text, sentence):
    (checkpoint / RESULTS_FILE).write_text(text)
    with pytest.raises(InputError, match=sentence):
        stage_model(ID, checkpoint, tmp_path / "staged")


def test_a_model_without_classifier_is_refused(tmp_path, mini_config):
    from micron_bert import MicronBertImageProcessor, MicronBertModel

    MicronBertModel(mini_config).save_pretrained(tmp_path / "model")
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    with pytest.raises(InputError, match="no fine-tuned μ-BERT"):
        stage_model(ID, tmp_path / "model", tmp_path / "staged")

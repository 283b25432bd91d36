"""The model's card says what was measured, what was not, and what must not be done."""

import json
import re
import shutil

import pytest
from huggingface_hub import ModelCard

from micron_bert.checkpoints.names import shipped_checkpoint, weights_key
from micron_bert.errors import InputError
from micron_bert.publishing.model import stage_model
from micron_bert.publishing.results import RESULTS_FILE, read_results

ID = "org/tiny"


@pytest.fixture
def checkpoint(tmp_path):
    shutil.copytree(shipped_checkpoint(), tmp_path / "checkpoint")
    return tmp_path / "checkpoint"


def card_of(checkpoint, tmp_path):
    return ModelCard.load(stage_model(ID, checkpoint, tmp_path / "staged").folder / "README.md")


def test_card_of_the_shipped_model(tmp_path, monkeypatch):
    links = {"Source": "https://example.org/x", "Documentation": "https://example.org/x/docs"}
    monkeypatch.setattr("micron_bert.publishing.model.project_links", lambda: links)
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
    assert "([Source](https://example.org/x), [Documentation](https://example.org/x/docs))." in card.text
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


@pytest.fixture
def evaluate(tmp_path):
    """Writes the report of an evaluation of the shipped weights, as far as others look at it."""

    def write(name="loso", **changes):
        score = {"mean": 0.5126, "spread": None, "seeds": [0.5126], "interval": [0.41, 0.6]}
        part = {"clips": 255, "subjects": 26, "uf1": score, "uar": {**score, "interval": None}, "by_class": {}}
        report = {
            "method": "μ-BERT tiny, fine-tuned", "protocol": "loso", "oracle": False, "known_faces": False,
            "data": ["casme2"], "labels": ["a", "b"], "clips": name, "full": part, "datasets": {},
            "subjects": {"casme2/sub01": {"clips": 9, "right": 0.7}},
            "weights": weights_key("tiny"), **changes,
        }  # fmt: skip
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(json.dumps(report))
        return tmp_path / name

    return write


def test_results_of_an_evaluation_reach_the_card(checkpoint, tmp_path, evaluate):
    folder = stage_model(ID, checkpoint, tmp_path / "staged", [evaluate()]).folder
    card = ModelCard.load(folder / "README.md")
    row = (
        "| casme2 | leave one subject out | μ-BERT tiny, fine-tuned | 255 | 26 | UF1 0.513 [0.410, 0.600]; UAR 0.513 |"
    )
    assert row in card.text and "recordings of real micro-expressions has not been" not in " ".join(card.text.split())
    measured = [r for r in card.data.eval_results if r.dataset_name == "casme2"]
    assert [(r.metric_type, r.metric_name, r.metric_value) for r in measured] == [
        ("f1", "UF1", 0.5126),
        ("recall", "UAR", 0.5126),
    ]
    assert measured[0].dataset_args == {"protocol": "loso", "clips": 255, "subjects": 26}
    assert "sub01" not in (folder / RESULTS_FILE).read_text()
    # what is published knows its results; once more adds nothing, another evaluation adds one
    again = stage_model(
        ID, folder, tmp_path / "again", [tmp_path / "loso", evaluate("kfold", protocol="kfold")]
    ).folder
    kept = read_results(again)["evaluations"]
    assert [one["protocol"] for one in kept] == ["loso", "kfold"]


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"weights": None, "method": "DIS flow + PCA + ridge"}, "`DIS flow [+] PCA [+] ridge`, not of the weights"),
        ({"weights": "0123456789abcdef"}, "not of the weights"),
        ({"oracle": True}, "on the test subjects"),
    ],
)
def test_results_of_something_else_are_refused(checkpoint, tmp_path, evaluate, changes, sentence):
    with pytest.raises(InputError, match=sentence):
        stage_model(ID, checkpoint, tmp_path / "staged", [evaluate(**changes)])
    assert not (tmp_path / "staged").exists()


def test_an_evaluation_that_is_not_finished_is_refused(checkpoint, tmp_path):
    with pytest.raises(InputError, match="finish that evaluation first"):
        stage_model(ID, checkpoint, tmp_path / "staged", [tmp_path])


def test_where_it_fails_is_told(checkpoint, tmp_path):
    results = {**read_results(checkpoint), "limits": ["It takes a yawn for surprise."]}
    (checkpoint / RESULTS_FILE).write_text(json.dumps(results))
    assert "\n- It takes a yawn for surprise.\n" in card_of(checkpoint, tmp_path).text


def test_texts_from_outside_are_text_on_the_card(checkpoint, tmp_path, evaluate):
    hostile = "a`|<script>x</script>\n# Title\n![b](http://c)"
    config = json.loads((checkpoint / "config.json").read_text())
    config["id2label"]["0"] = hostile
    config["label2id"] = {name: int(number) for number, name in config["id2label"].items()}
    (checkpoint / "config.json").write_text(json.dumps(config))
    results = read_results(checkpoint)
    results["results"][0]["part"] = results["groups"][0]["group"] = results["benchmark"]["command"] = hostile
    results |= {"limits": [hostile, "**Bold** stays."], "groups_summary": hostile, "baseline": hostile}
    (checkpoint / RESULTS_FILE).write_text(json.dumps(results))
    evaluation = evaluate(method=hostile, data=[hostile], weights=weights_key(str(checkpoint)))
    repository = stage_model(ID, checkpoint, tmp_path / "staged", [evaluation])
    text = (repository.folder / "README.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]
    assert "<script" not in re.sub("`[^`]*`", "", text) and "\n# Title" not in text and "- **Bold** stays." in text
    rows = [line for line in text.splitlines() if line.startswith("|") and "Title" in line]
    assert len(rows) == 4 and all("\\`\\|&lt;script>" in row.replace("&gt;", ">") for row in rows)
    ModelCard.load(repository.folder / "README.md")


def test_what_nobody_measured_is_not_claimed(checkpoint, tmp_path):
    (checkpoint / RESULTS_FILE).unlink()
    card = card_of(checkpoint, tmp_path)
    assert not card.data.eval_results and "has not been measured" in card.text
    assert "was not stated" in card.text and "no lie detector" in card.text


def test_a_model_without_classifier_is_refused(tmp_path, mini_config):
    from micron_bert import MicronBertImageProcessor, MicronBertModel

    MicronBertModel(mini_config).save_pretrained(tmp_path / "model")
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    with pytest.raises(InputError, match="fine-tuned μ-BERT"):
        stage_model(ID, tmp_path / "model", tmp_path / "staged")


def test_snippets_for_transformers_run_as_they_stand(tmp_path, monkeypatch, capsys):
    staged = stage_model(ID, None, tmp_path / "staged").folder
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda repo_id, name: str(staged / name))
    monkeypatch.chdir(tmp_path)
    snippets = re.findall(r"```python\n(.*?)```", (staged / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    for snippet in snippets[:2]:  # `tests/hub/test_cards.py` runs all
        exec(snippet.replace(f'"{ID}"', repr(str(staged))), names)
    assert len(snippets) >= 2 and names["output"].logits.shape == (1, 4)
    printed = capsys.readouterr().out
    assert "% of the distance between the eyes" in printed and "no resembles none" in printed
    assert names["answer"]["scores"][0]["score"] == pytest.approx(
        float(names["output"].logits.softmax(-1).max()), abs=1e-4
    )


def test_the_hubs_own_widget_does_not_answer(tmp_path):
    card = card_of(None, tmp_path)
    assert card.data.to_dict()["inference"] is False and "(examples/movement.png)" in card.text
    assert {path.name for path in (tmp_path / "staged" / "examples").iterdir()} == {
        "onset.png",
        "apex.png",
        "movement.png",
        "film.mp4",
    }

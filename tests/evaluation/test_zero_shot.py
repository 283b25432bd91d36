"""Classes that no fold learned, named by their action units."""

import json

import numpy as np
import pytest

from micron_bert.arguments.evaluation import EvaluationArguments
from micron_bert.errors import InputError
from micron_bert.evaluation.evaluate import main

COMMON = ["--checkpoint", "tiny", "--zero_shot", "--use_cpu", "--bootstrap", "0"]


def rows_of(folder):
    found = {}
    for path in sorted((folder / "folds" / "seed-0").glob("*.json")):
        for row in json.loads(path.read_text())["predictions"]:
            found[row["subject"], row["clip"]] = row
    return found


@pytest.mark.parametrize("labels, names", [
    ("three", ["negative", "positive", "surprise"]), ("five", ["disgust", "happiness", "surprise"]),
    ("seven", ["happy", "surprise", "disgust"]), ("objective", ["I", "II", "III"]),
])  # fmt: skip
def test_the_fields_label_sets(synthetic, tmp_path, report_of, labels, names):
    assert main([*COMMON, "--data", synthetic, "--output", str(tmp_path / "run"), "--labels", labels]) == 0
    report = report_of(tmp_path / "run")
    assert report["labels"] == names and report["full"]["clips"] == 6
    assert report["method"] == "μ-BERT tiny, by action units" and "nothing was trained" in str(report["notes"])
    for row in rows_of(tmp_path / "run").values():  # scores are log-probabilities of the classes
        assert np.exp(row["scores"]).sum() == pytest.approx(1, abs=1e-3)
        assert row["prediction"] == names[int(np.argmax(row["scores"]))]


def test_labels_of_my_own_match_words_and_units(synthetic, tmp_path, report_of):
    (tmp_path / "mine.yaml").write_text("Disgust: 9\ngrin: 6 12\nraised: [1, 1 2]\n")
    arguments = [*COMMON, "--data", synthetic, "--output", str(tmp_path / "run")]
    assert main([*arguments, "--labels", str(tmp_path / "mine.yaml")]) == 0
    truth = {row["label"] for row in rows_of(tmp_path / "run").values()}
    assert truth == {"Disgust", "grin", "raised"}  # the first by the sheet's word, the others by the sheet's units
    (tmp_path / "mine.yaml").write_text("Disgust: 10\ngrin: 6 12\nraised: [1, 1 2]\n")
    with pytest.raises(InputError, match="begun with `label_sets`"):
        main([*arguments, "--labels", str(tmp_path / "mine.yaml")])


@pytest.mark.parametrize(
    "arguments, said",
    [
        ([], "`labels` must be one of three, five, seven, eight, objective or a YAML file, got `label`"),
        (["--labels", "nowhere.yaml"], "There are no labels `nowhere.yaml`"),
        (["--labels", "objectiv"], "did you mean `objective`"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(synthetic, tmp_path, arguments, said):
    with pytest.raises(InputError, match=said) as caught:
        main([*COMMON, "--data", synthetic, "--output", str(tmp_path / "run"), *arguments])
    assert "\n" not in str(caught.value)


def test_a_baseline_has_no_units():
    with pytest.raises(InputError, match="leave it or the baseline `flow` out"):
        EvaluationArguments(zero_shot=True, labels="three", baseline="flow")


def test_a_model_without_units_is_refused(synthetic, mini, tmp_path):
    with pytest.raises(InputError, match="A new model tells no action units"):
        main(["--data", synthetic, "--output", str(tmp_path / "run"), *mini, "--zero_shot", "--labels", "three"])

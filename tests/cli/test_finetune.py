"""`micron-bert finetune`: a model from a recipe and the command line, help, and one sentence for a mistake."""

import pytest

from micron_bert import MicronBertForVideoClassification
from micron_bert.cli.main import main


def test_model_is_where_the_command_says(mini_recipe, pairs_folder, tmp_path, capsys):
    recipe = mini_recipe(dataset=str(pairs_folder), max_steps=5)
    assert main(["finetune", recipe, "--max_steps", "2"]) == 0
    printed = capsys.readouterr().out
    assert f"{tmp_path / 'run'}: 2 steps" in printed and "uf1" in printed
    names = MicronBertForVideoClassification.from_pretrained(tmp_path / "run").config.id2label
    assert list(names.values()) == ["negative", "positive", "surprise"]


def test_help_has_the_options_of_the_training(capsys):
    assert main(["finetune", "--help"]) == 0
    said = capsys.readouterr().out
    assert "micron-bert finetune [RECIPE.yaml]" in said and "--num_pairs" in said and "--learning_rate" in said


@pytest.mark.parametrize(
    "argv, said",
    [
        (["/nowhere.yaml"], "`/nowhere.yaml` cannot be read"),
        (["--output_dir", "out"], "Give exactly one of"),
        (["--output_dir", "out", "--faces", "/nowhere"], "no folder at `/nowhere`"),
        (["--output_dir", "out", "--dataset", "./nowhere"], "`./nowhere` cannot be read"),
        (["--output_dir", "out", "--dataset", "d", "--checkpoint", "/nowhere"], "no model at `/nowhere`"),
    ],
)
def test_mistakes_are_a_sentence(argv, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["finetune", *argv]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1 and said in told[0]
    assert not (tmp_path / "out").exists()


def test_arguments_that_contradict_each_other_are_a_sentence(mini_recipe, pairs_folder, capsys):
    recipe = mini_recipe(dataset=str(pairs_folder), max_steps=1)
    assert main(["finetune", recipe, "--load_best_model_at_end", "true", "--eval_strategy", "steps"]) == 2
    error = capsys.readouterr().err
    assert "training arguments" in error and "Traceback" not in error

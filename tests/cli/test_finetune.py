"""`micron-bert finetune`: a model from a recipe and the command line, and options that contradict each other."""

from micron_bert import MicronBertForVideoClassification
from micron_bert.cli.main import main


def test_model_is_where_the_command_says(mini_recipe, pairs_folder, tmp_path, capsys):
    recipe = mini_recipe(dataset=str(pairs_folder), max_steps=5)
    assert main(["finetune", recipe, "--max_steps", "2"]) == 0
    printed = capsys.readouterr().out
    assert f"{tmp_path / 'run'}: 2 steps" in printed and "uf1" in printed
    names = MicronBertForVideoClassification.from_pretrained(tmp_path / "run").config.id2label
    assert list(names.values()) == ["negative", "positive", "surprise"]


def test_arguments_that_contradict_each_other_are_a_sentence(mini_recipe, pairs_folder, capsys):
    recipe = mini_recipe(dataset=str(pairs_folder), max_steps=1)
    assert main(["finetune", recipe, "--load_best_model_at_end", "true", "--eval_strategy", "steps"]) == 2
    error = capsys.readouterr().err
    assert "training arguments" in error and "Traceback" not in error

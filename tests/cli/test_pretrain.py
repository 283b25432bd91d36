"""`micron-bert pretrain`: a model without labels, help, and one sentence for a mistake."""

import pytest

from micron_bert import MicronBertForPreTraining
from micron_bert.cli.main import main


def test_model_is_where_the_command_says(mini_recipe, clips_folder, tmp_path, capsys):
    recipe = mini_recipe(dataset=str(clips_folder), max_steps=5)
    assert main(["pretrain", recipe, "--max_steps", "2"]) == 0
    assert f"{tmp_path / 'run'}: 2 steps" in capsys.readouterr().out
    assert MicronBertForPreTraining.from_pretrained(tmp_path / "run").config.image_size == 32


def test_help_has_the_options_of_the_training(capsys):
    assert main(["pretrain", "--help"]) == 0
    said = capsys.readouterr().out
    assert "micron-bert pretrain [RECIPE.yaml]" in said and "--num_pairs" in said and "--learning_rate" in said


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
    assert main(["pretrain", *argv]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1 and said in told[0]
    assert not (tmp_path / "out").exists()

"""`micron-bert pretrain`: a model without labels."""

from micron_bert import MicronBertForPreTraining
from micron_bert.cli.main import main


def test_model_is_where_the_command_says(mini_recipe, clips_folder, tmp_path, capsys):
    recipe = mini_recipe(dataset=str(clips_folder), max_steps=5)
    assert main(["pretrain", recipe, "--max_steps", "2"]) == 0
    assert f"{tmp_path / 'run'}: 2 steps" in capsys.readouterr().out
    assert MicronBertForPreTraining.from_pretrained(tmp_path / "run").config.image_size == 32

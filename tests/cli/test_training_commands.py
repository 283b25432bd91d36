"""What `micron-bert finetune` and `pretrain` do alike: help, and one sentence for a mistake."""

import pytest

from micron_bert.cli.main import main

pytestmark = pytest.mark.parametrize("command", ["finetune", "pretrain"])


def test_help_has_the_options_of_the_training(command, capsys):
    assert main([command, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"micron-bert {command} [RECIPE.yaml]" in said and "--num_pairs" in said and "--learning_rate" in said


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
def test_mistakes_are_a_sentence(command, argv, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([command, *argv]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1 and said in told[0]
    assert not (tmp_path / "out").exists()

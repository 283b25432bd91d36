import pytest

from micron_bert.cli.main import main


def test_command_hands_its_options_on(capsys):
    with pytest.raises(SystemExit) as left:
        main(["finetune", "--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "micron-bert finetune [RECIPE.yaml]" in said and "--num_pairs" in said and "--learning_rate" in said


@pytest.mark.parametrize("command", ["finetune", "pretrain"])
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
def test_unusable_input_is_one_sentence_and_exit_code_2(command, argv, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([command, *argv]) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1 and said in told[0]
    assert not (tmp_path / "out").exists()

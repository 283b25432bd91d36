import pytest

from micron_bert.cli.main import main


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["films", "nowhere", "--processes", "0"], "at least one is needed"),
        (["casme", "nowhere"], "has no long videos"),
        (["films", "nowhere"], "nowhere"),
    ],
)
def test_mistakes_are_a_sentence(tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    assert main(["evaluate-spotting", *arguments, "--output", "out"]) == 2
    error = capsys.readouterr().err
    assert said in error and len(error.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()

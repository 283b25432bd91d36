import pytest

from micron_bert.cli.main import main


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["nowhere"], "There is no film or folder `nowhere`"),
        ([".", "--size", "8"], "`size` is `8`"),
        (["--verify"], "holds no shards"),
        ([".", "--processes", "0"], "`processes` is `0`"),
    ],
)
def test_mistakes_are_a_sentence(tmp_path, monkeypatch, capsys, arguments, said):
    pytest.importorskip("datatrove")
    (tmp_path / "films").mkdir()
    monkeypatch.chdir(tmp_path / "films")
    assert main(["shard", *arguments, "--output", str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert said in error and len(error.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_empty_output_is_refused(capsys):
    pytest.importorskip("datatrove")
    assert main(["shard", "films", "--output", ""]) == 2
    assert "The output is empty" in capsys.readouterr().err

"""`micron-bert convert`: a folder that `from_pretrained` reads, or one sentence."""

from micron_bert import MicronBertForPreTraining
from micron_bert.cli.main import main


def test_folder_loads(release, save, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["convert", str(save(release)), str(out)]) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert MicronBertForPreTraining.from_pretrained(out).config.hidden_size == 16


def test_what_is_no_checkpoint_is_refused(tmp_path, capsys):
    (tmp_path / "cut.pth").write_bytes(b"PK\x03\x04 not a checkpoint")
    assert main(["convert", str(tmp_path / "cut.pth"), str(tmp_path / "out")]) == 2
    error = capsys.readouterr().err
    assert "cut.pth" in error and "truncated or no PyTorch file" in error and error.count("\n") == 1
    assert main(["convert", str(tmp_path / "absent.pth"), str(tmp_path / "out")]) == 2
    assert "no checkpoint at" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()

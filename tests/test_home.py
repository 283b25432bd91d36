from pathlib import Path

from micron_bert.home import at_home


def test_a_tilde_is_the_home_folder_unless_a_file_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert at_home("~/films/a.mp4") == tmp_path / "me" / "films" / "a.mp4" and at_home("~") == tmp_path / "me"
    Path("~notes").write_text("x")
    for plain in ("~notes", "~nobody-has-this-name/a", "a/~", "b"):
        assert at_home(plain) == Path(plain)
    Path("~").mkdir()
    assert at_home("~") == Path("~")

import json

import pytest

from micron_bert.errors import InputError
from micron_bert.output_folder import claim_folder, whole_file, write_text


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = write_text(tmp_path / "note.txt", "before")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as draft:
        draft.write_text("half")
        assert path.read_text() == "before" and not list(tmp_path.glob("*.txt"))[1:]
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    with whole_file(path) as draft:
        draft.write_text("after")
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("note.txt", "after")]


def test_a_folder_is_taken_once_and_gone_on_with(tmp_path):
    folder, settings = tmp_path / "a" / "out", {"size": 112, "range": (0.3, 2.5)}
    claim_folder(folder, settings, "made.json")
    assert json.loads((folder / "made.json").read_text()) == {"size": 112, "range": [0.3, 2.5]}
    (folder / "result").write_text("kept")
    claim_folder(folder, settings, "made.json")
    assert (folder / "result").read_text() == "kept"


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"size": 64}, "was begun with `size` = `112`, not `64`"),
        ({"size": 112, "seed": 1}, "was begun with `seed` = `the default`, not `1`"),
        ({}, "was begun with `size` = `112`, not `the default`"),
    ],
)
def test_other_settings_are_refused(tmp_path, settings, said):
    claim_folder(tmp_path / "out", {"size": 112}, "made.json")
    with pytest.raises(InputError, match=said):
        claim_folder(tmp_path / "out", settings, "made.json")


def test_what_is_no_folder_of_ours_is_refused(tmp_path):
    (tmp_path / "letter").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        claim_folder(tmp_path / "letter", {}, "made.json")
    with pytest.raises(InputError, match="holds something else"):
        claim_folder(tmp_path, {}, "made.json")
    claim_folder(tmp_path / "out", {}, "made.json")
    (tmp_path / "out" / "made.json").write_text("{half")
    with pytest.raises(InputError, match="is damaged"):
        claim_folder(tmp_path / "out", {}, "made.json")

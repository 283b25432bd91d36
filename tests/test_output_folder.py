import errno
import json
import os

import pytest

from micron_bert.errors import InputError
from micron_bert.output_folder import (
    check_output,
    check_output_file,
    claim_folder,
    json_text,
    whole_file,
    whole_set,
    write_text,
)


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


def test_a_full_disk_is_told_with_the_name_of_the_file(tmp_path):
    with pytest.raises(OSError, match="No space left on device: .*note.txt'"), whole_file(tmp_path / "note.txt"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_json_holds_numbers_alone():
    text = json_text({"a": float("nan"), "b": [1.5, float("inf")], "c": "é\udcff"})
    assert json.loads(text) == {"a": None, "b": [1.5, None], "c": "é\udcff"} and text.encode("utf-8")
    assert json_text({"c": "é"}, ascii=True).isascii()


def refusal(*args, **kwargs):
    with pytest.raises(InputError) as caught:
        check_output(*args, **kwargs)
    return str(caught.value)


def test_a_folder_that_cannot_take_the_output_is_refused_and_nothing_made(tmp_path):
    frames = tmp_path / "frames"
    frames.mkdir()
    (frames / "1.png").write_text("x")
    (tmp_path / "annotated.mp4").write_text("the film")
    assert "is empty" in refusal("")
    assert "which is a file" in refusal(tmp_path / "annotated.mp4")
    for place in (frames, frames / "out", frames / ".." / "frames" / "out"):
        assert "that is read; name one outside" in refusal(place, [frames], ["*.csv"])
    assert "is read and would be replaced" in refusal(tmp_path, [tmp_path / "annotated.mp4"], ["*.mp4"])
    assert "holds the file `annotated.mp4`, which would be replaced" in refusal(tmp_path, [frames], ["*.mp4"])
    assert "holds something else" in refusal(tmp_path, option="OUT")
    assert "Nothing can be written to" in refusal(tmp_path / "annotated.mp4" / "out")
    check_output(tmp_path, [frames], ["*.csv"])
    check_output(tmp_path, [frames], ours=lambda folder: True)
    check_output(tmp_path / "new" / "out", [frames])
    assert not (tmp_path / "new").exists()


def test_a_set_is_whole_or_as_it_was(tmp_path):
    folder = tmp_path / "out"

    def write(**contents):
        with whole_set(folder, "z.json", ("*.csv", "z.json")) as draft:
            for name, content in contents.items():
                (draft / name.replace("_", ".")).write_text(content)

    def there():
        return {path.name: path.read_text() for path in folder.iterdir()}

    with pytest.raises(InputError, match="cannot be written to .*as it was before.*a.csv"):
        with whole_set(folder, "z.json", ("*.csv",)) as draft:
            (draft / "b.csv").write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device", "a.csv")
    assert not folder.exists()
    write(a_csv="1", b_csv="1", z_json="1")
    (folder / "letter.txt").write_text("mine")
    write(a_csv="2", z_json="2")
    assert there() == {"a.csv": "2", "z.json": "2", "letter.txt": "mine"}, "nothing is left of the set before"
    with pytest.raises(KeyboardInterrupt), whole_set(folder, "z.json", ("*.csv",)) as draft:
        (draft / "a.csv").write_text("3")
        raise KeyboardInterrupt
    assert there() == {"a.csv": "2", "z.json": "2", "letter.txt": "mine"}


@pytest.mark.parametrize("moves", [0, 1, 2])
def test_killed_while_the_files_take_their_places_the_set_is_marked_and_made_again(tmp_path, monkeypatch, moves):
    folder, names, count = tmp_path / "out", ("a.csv", "b.csv", "z.json"), []
    replace = os.replace

    def die(source, target):
        if len(count) == moves:
            raise KeyboardInterrupt
        count.append(source)
        replace(source, target)

    def write(content):
        with whole_set(folder, "z.json", names) as draft:
            for name in names:
                (draft / name).write_text(content)

    write("old")
    monkeypatch.setattr("micron_bert.output_folder.os.replace", die)
    with pytest.raises(KeyboardInterrupt):
        write("new")
    assert not (folder / "z.json").exists()
    monkeypatch.undo()
    check_output(folder, files=names)
    write("new")
    assert {path.name: path.read_text() for path in folder.iterdir()} == dict.fromkeys(names, "new")


def test_a_link_that_leads_to_itself_is_refused(tmp_path):
    loop = tmp_path / "loop"
    try:
        loop.symlink_to(loop)
    except OSError:
        pytest.skip("no links can be made here")
    for check, output in ((check_output, loop), (check_output, loop / "in"), (check_output_file, loop / "a.json")):
        with pytest.raises(InputError, match="leads to itself|Nothing can be written"):
            check(output)


def test_a_link_to_nothing_is_refused_before_any_work(tmp_path):
    try:
        (tmp_path / "link").symlink_to(tmp_path / "nothing")
    except OSError:
        pytest.skip("no links can be made here")
    for name in ("link", "link/deeper"):
        with pytest.raises(InputError, match="link` is a link to something that is not there"):
            check_output(tmp_path / name)
    (tmp_path / "nothing").mkdir()
    assert check_output(tmp_path / "link") == tmp_path / "link"

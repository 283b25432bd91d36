"""Films are found wherever they are, under names and people that do not depend on the machine."""

import re

import fsspec
import pytest

from micron_bert.data.shards.clips import ShardSettings
from micron_bert.data.shards.films import Film, list_films, local_copy
from micron_bert.data.shards.plan import make_plan
from micron_bert.data.shards.shard import make_shard
from micron_bert.data.shards.store import Store
from micron_bert.errors import InputError
from micron_bert.video.reader import open_video


def test_folders_files_and_people(films):
    found = list_films([str(films)], person="folder")
    assert [film.name for film in found] == [
        "ann/0.mp4", "ann/1.mp4", "ben/2.mp4", "ben/3.mp4", "nobody.mp4", "zz_broken.mp4"
    ]  # fmt: skip
    assert [film.person for film in found[:4]] == ["ann", "ann", "ben", "ben"]
    (one,) = list_films([str(films / "ann" / "0.mp4")])
    assert (one.name, one.person) == ("0.mp4", "0.mp4")
    by_name = list_films([str(films / "ben"), str(films / "ann")], person=r"films\d*/(\w)")
    assert [(film.name, film.person) for film in by_name] == [
        ("0.mp4", "a"), ("1.mp4", "a"), ("2.mp4", "b"), ("3.mp4", "b")
    ]  # fmt: skip


def test_a_folder_of_frames_is_a_film(tmp_path):
    from PIL import Image

    for number in range(3):
        (tmp_path / "s1" / "a").mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / "s1" / "a" / f"{number}.png")
    assert [film.name for film in list_films([str(tmp_path)])] == ["s1/a"]


def test_addresses(films):
    fs = fsspec.filesystem("memory")
    fs.put(str(films / "ann" / "0.mp4"), "/bucket/ann/0.mp4")
    (film,) = list_films(["memory://bucket"], person="folder")
    assert film == Film("ann/0.mp4", "memory:///bucket/ann/0.mp4", "ann")
    with local_copy(film) as path:
        assert path.read_bytes() == (films / "ann" / "0.mp4").read_bytes()
    assert not path.exists()


def test_a_folder_of_frames_at_an_address():
    from PIL import Image

    fs = fsspec.filesystem("memory")
    for number in range(3):
        with fs.open(f"/frames/s1/a/{number}.png", "wb") as file:
            Image.new("RGB", (8, 8), (number, 0, 0)).save(file, "PNG")
    fs.pipe("/frames/s1/a/notes.txt", b"not a frame")
    (film,) = list_films(["memory://frames"], person="folder")
    assert film == Film("s1/a", "memory:///frames/s1/a", "s1")
    with local_copy(film) as path:
        assert sorted(one.name for one in path.iterdir()) == ["0.png", "1.png", "2.png"]


def test_a_place_that_does_not_answer_or_refuses_is_not_an_empty_one(monkeypatch):
    for error, said in (
        (PermissionError("Access Denied\nrequest 123"), "`memory://locked` cannot be read: Access Denied."),
        (ConnectionError("offline mode is enabled."), "`memory://locked` cannot be read: offline mode is enabled."),
    ):

        def refuse(self, path, error=error, **options):
            raise error

        monkeypatch.setattr(fsspec.get_filesystem_class("memory"), "info", refuse)
        with pytest.raises(InputError, match=f"^{re.escape(said)}$"):
            list_films(["memory://locked"])


def test_the_unlabelled_part_of_a_dataset(tree):
    """Videos of one name are told apart, no picture is decoded yet, and all frames belong to the film."""
    tree.pictures("part_B/spNO.7/a/color", [f"{n}.jpg" for n in range(1, 12)])
    tree.pictures("part_B/spNO.7/b/color", [f"{n}.jpg" for n in range(1, 12)])
    (tree.root / "part_B/spNO.7/b/color/5.jpg").write_bytes(b"broken")
    found = list_films([f"casme3_b:{tree.root}"])
    assert [(film.name, film.person, film.fps) for film in found] == [
        (f"casme3_b/part_B/spNO.7/{video}/color", "casme3_b/spNO.7", 30.0) for video in "ab"
    ]
    with open_video(found[0].path, found[0].fps) as video:
        assert len(list(video)) == 11


def test_one_film_without_rights_is_named_and_the_others_go_on(films, monkeypatch, tmp_path):
    fs = fsspec.filesystem("memory")
    fs.put(str(films / "ann" / "0.mp4"), "/half/0.mp4")
    fs.put(str(films / "ann" / "1.mp4"), "/half/1.mp4")
    get_file = type(fs).get_file

    def refuse(self, source, *more, **options):
        if source.endswith("0.mp4"):
            raise PermissionError("Access Denied\nrequest 123")
        return get_file(self, source, *more, **options)

    monkeypatch.setattr(type(fs), "get_file", refuse)
    plan = make_plan(list_films(["memory://half"]), ShardSettings(seconds=0.4), films_per_shard=2)
    record = make_shard(Store(str(tmp_path)), plan, 0)
    assert record["films"]["0.mp4"]["error"] == "`memory:///half/0.mp4` cannot be read: Access Denied."
    assert record["films"]["1.mp4"]["kept"] == 30


def test_what_is_not_there_is_named(films, tmp_path):
    (tmp_path / "empty").mkdir()
    fsspec.filesystem("memory").pipe("/empty/notes.txt", b"no film")
    for sources, said in (
        ([str(tmp_path / "nowhere")], "There is no film or folder"),
        ([str(tmp_path / "empty")], "There is no film in"),
        (["memory://nothing"], "There is nothing at `memory://nothing`, or you may not see it"),
        (["memory://empty"], "There is no film in"),
        (["casme9:/data"], "There is no dataset `casme9`"),
    ):
        with pytest.raises(InputError, match=said):
            list_films(sources)
    for person, said in (("(", "regular expression"), ("(dave)", "finds no group")):
        with pytest.raises(InputError, match=said):
            list_films([str(films)], person)
    (tmp_path / "0.mp4").write_bytes(b"another")
    with pytest.raises(InputError, match="have one name"):
        list_films([str(tmp_path / "0.mp4"), str(films / "ann")])

"""A kept result is found again as long as nothing changes that it depends on, and never afterwards."""

import sys

import pytest

from micron_bert.cache_key import _file, _read, _sources, cache_key


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A way to change a package in which `top` imports `middle`, and that imports `bottom`."""
    folder = tmp_path / "example_project"
    folder.mkdir()
    monkeypatch.syspath_prepend(tmp_path)

    def write(**texts):
        for name, text in texts.items():
            (folder / f"{name}.py").write_text(text)
        for remembered in (_file, _read, _sources):
            remembered.cache_clear()

    write(
        __init__="",
        top="def top():\n    from example_project import middle\n    return middle.bottom()\n",
        middle="from .bottom import bottom\n",
        bottom="def bottom():\n    return 1\n",
        stranger="x = 1\n",
    )
    yield write
    sys.modules.pop("example_project", None)


def key(**more):
    return cache_key("example", code=["example_project.top"], **more)


def test_code_counts_wherever_it_is_called(project):
    before = key()
    project(bottom="def bottom():\n    return 2\n")
    assert key() != before


def test_words_about_the_code_and_strangers_do_not_count(project):
    before = key()
    project(bottom='"""New."""\n\n\ndef bottom():  # one\n    """Says one."""\n\n    return 1\n', stranger="x = 2\n")
    assert key() == before


def test_what_was_computed_and_from_what_counts(project, tmp_path):
    file = tmp_path / "weights"
    file.write_bytes(b"1")
    keys = [key(), key(settings={"size": 112}), key(settings={"size": 56}), key(files=[file])]
    file.write_bytes(b"2")
    keys += [key(files=[file]), cache_key("another", code=["example_project.top"])]
    assert len(set(keys)) == len(keys)
    file.rename(tmp_path / "renamed")
    assert key(files=[tmp_path / "renamed"]) == keys[4]


def test_module_that_is_not_there(project):
    with pytest.raises(ValueError, match="no module `example_project.nowhere`"):
        cache_key("example", code=["example_project.nowhere"])


def test_rooms_of_the_package():
    sources = _sources(frozenset({"micron_bert.spotting.spotter"}))
    assert {"micron_bert.spotting.spotter", "micron_bert.faces.registration"} <= sources.keys()
    assert not any(name.startswith("micron_bert.training") for name in sources)

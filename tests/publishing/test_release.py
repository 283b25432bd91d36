"""A release as folders: what is built, and where it may be built."""

import pytest

from micron_bert.errors import InputError
from micron_bert.publishing.release import stage


def test_each_part_has_its_folder_and_is_built_anew(tmp_path):
    for _ in range(2):
        (repository,) = stage("kernel", "org/name", tmp_path / "staged")
        assert repository.folder == tmp_path / "staged" / "name-kernel" and repository.files()
    assert [one.repo_id for one in stage("metric", "org/name", tmp_path / "staged")] == [
        "org/name-au_f1",
        "org/name-me_vqa",
        "org/name-spotting_f1",
        "org/name-strs",
    ]


def test_a_folder_of_something_else_is_not_touched(tmp_path):
    (tmp_path / "name-kernel").mkdir()
    (tmp_path / "name-kernel" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        list(stage("kernel", "org/name", tmp_path))
    assert (tmp_path / "name-kernel" / "mine.txt").read_text() == "mine"

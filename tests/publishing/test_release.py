"""A release as folders: what is built, and where it may be built."""

import pytest

from micron_bert.cli.main import main
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


@pytest.fixture
def no_checkout(tmp_path, monkeypatch):
    """As if the package were installed from its wheel."""
    import micron_bert

    monkeypatch.setattr(
        micron_bert, "__file__", str(tmp_path / "lib" / "site-packages" / "micron_bert" / "__init__.py")
    )


@pytest.mark.parametrize("what", ["model", "kernel", "metric", "space", "space-static", "all"])
def test_without_a_checkout_it_is_told_before_any_work(what, no_checkout, tmp_path, capsys):
    output = tmp_path / "staged"
    assert main(["publish", "--repo", "org/name", "--what", what, "--dry-run", "--output", str(output)]) == 2
    told = capsys.readouterr()
    assert "pip install -e ." in told.err and told.err.count("\n") == 1 and not told.out and not output.exists()


def test_a_data_set_needs_no_checkout(no_checkout, write_clips, tmp_path, capsys):
    arguments = ["--what", "dataset", "--data", str(write_clips()), "--output", str(tmp_path / "staged")]
    assert main(["publish", "--repo", "org/name", "--dry-run", *arguments]) == 0
    assert "dataset org/name-synthetic" in capsys.readouterr().out

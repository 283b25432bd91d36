"""`micron-bert measure-courses`: movement of films without their pictures, with source and licence."""

import shutil

from micron_bert.cli.main import main
from micron_bert.synthesis.real.course import load_courses


def test_courses_carry_source_and_licence(smile, tmp_path, capsys):
    person = tmp_path / "films" / "ann"
    person.mkdir(parents=True)
    shutil.copy(smile[0], person)
    credit = ["--source", "NASA", "--licence", "public domain", "--cache", str(tmp_path / "cache")]
    command = ["measure-courses", str(tmp_path / "films"), str(tmp_path / "bank"), *credit]
    assert main(command) == 0
    assert "1 courses" in capsys.readouterr().out
    (course,) = load_courses(tmp_path / "bank")
    assert (course.source, course.licence) == ("NASA", "public domain")


def test_folder_that_is_not_there_is_refused(tmp_path, capsys):
    credit = ["--source", "NASA", "--licence", "public domain"]
    assert main(["measure-courses", str(tmp_path / "none"), str(tmp_path / "bank"), *credit]) == 2
    error = capsys.readouterr().err
    assert "none" in error and error.count("\n") == 1 and not (tmp_path / "bank").exists()

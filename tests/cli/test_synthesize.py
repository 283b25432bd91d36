"""`micron-bert synthesize`: clips that `load_dataset` reads, films with their truth, and what is refused."""

import csv

import datasets
import pytest

from micron_bert.cli.main import main


def test_clips_are_written_and_nobody_is_in_both_splits(photographs, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["synthesize", str(photographs), str(out), "--clips", "4", "--size", "64"]) == 0
    assert "3 portraits of 3 people" in capsys.readouterr().out
    read = datasets.load_dataset(str(out), cache_dir=str(tmp_path / "cache"))
    people = {split: set(read[split]["subject"]) for split in ("train", "test")}
    assert sum(map(len, read.values())) == 4 and not people["train"] & people["test"]


def test_films_come_with_what_happens_in_them(photographs, tmp_path):
    out = tmp_path / "films"
    options = ["--films", "1", "--duration", "2", "--fps", "15"]
    assert main(["synthesize", str(photographs), str(out), *options]) == 0
    (film,) = csv.DictReader((out / "films.csv").open(encoding="utf-8"))
    assert (film["frames"], film["fps"]) == ("30", "15.0")
    assert (out / "videos" / f"{film['video']}.mp4").is_file() and (out / "truth.csv").is_file()


@pytest.mark.parametrize(
    "options, said",
    [
        (["/nowhere", "{out}"], "`/nowhere` does not exist"),
        (["{faces}", "{out}", "--size", "8"], "`8`"),
        (["{faces}", "{out}", "--faces-from", "paris"], "paris"),
        (["{faces}", "{out}", "--size", "1000000"], "`--size` must be between 32 and 4096"),
        (["{faces}", "{out}", "--test-fraction", "7"], "`--test-fraction` must be between 0 and 0.9"),
        (["{faces}", "{out}", "--processes", "-1"], "`--processes` must be between 1 and 1024"),
        (["{faces}", "{out}", "--films", "0"], "`--films` must be between"),
        (["{faces}", "{out}", "--films", "1", "--duration", "1e18"], "`--duration` must be between"),
    ],
)
def test_mistakes_are_a_sentence(options, said, photographs, tmp_path, capsys):
    places = {"faces": photographs, "out": tmp_path / "out"}
    assert main(["synthesize", *(option.format(**places) for option in options)]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1 and not (tmp_path / "out").exists()

import numpy as np
import pytest
from datasets import ClassLabel, Dataset, Features, Image, List, Value

from micron_bert.cli.main import main


@pytest.fixture
def clips(tmp_path):
    """Pairs of two people, in each of which another half is brighter at the apex."""
    rows = []
    for number in range(8):
        onset = np.full((32, 32, 3), 90 + number, np.uint8)
        apex = onset.copy()
        apex[: 16 * (1 + number % 2)] += 20
        rows.append({"subject": f"s{number // 4}", "clip": str(number), "label": number % 2, "frames": [onset, apex]})
        rows[-1] |= {"onset": 0, "apex": 1}
    features = {"subject": Value("string"), "clip": Value("string"), "label": ClassLabel(names=["a", "b"])}
    features |= {"frames": List(Image()), "onset": Value("int32"), "apex": Value("int32")}
    (tmp_path / "clips").mkdir()
    Dataset.from_list(rows, features=Features(features)).to_parquet(tmp_path / "clips" / "train.parquet")
    return str(tmp_path / "clips")


def test_table_and_where_the_report_is(clips, tmp_path, capsys):
    argv = ["evaluate", "--data", clips, "--baseline", "majority", "--output", str(tmp_path / "run")]
    assert main(argv) == 0
    said = capsys.readouterr()
    assert "| UF1 |" in said.out and str(tmp_path / "run" / "report.md") in said.out
    assert "2 of 2: " in said.err


def test_mistakes_are_a_sentence(clips, tmp_path, capsys):
    assert main(["evaluate", "--data", clips, "--baseline", "svm", "--output", str(tmp_path / "run")]) == 2
    assert "`baseline` must be one of" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()

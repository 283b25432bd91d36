"""What each protocol makes of the clips."""

import pytest

from micron_bert.evaluation.evaluate import main


@pytest.mark.parametrize(
    "protocol, folds, labels",
    [
        ("megc2019", 6, ["negative", "positive", "surprise"]),
        ("megc2018-cde", 6, ["I", "II", "III"]),
        ("megc2018-hde", 2, ["I", "II", "III"]),
        ("lodo", 2, ["negative", "positive", "surprise"]),
        ("cd6me", 2, ["1", "2", "4", "5", "6", "7", "9", "10", "12", "14", "15", "17"]),
        ("kfold", 5, ["negative", "positive", "surprise"]),
    ],
)
def test_every_protocol_makes_its_table(prepared, tmp_path, protocol, folds, labels, report_of):
    arguments = ["--data", *prepared, "--output", str(tmp_path), "--baseline", "flow", "--bootstrap", "50"]
    main(["--protocol", protocol, *arguments])
    report = report_of(tmp_path)
    assert report["folds"] == folds and report["labels"] == labels
    score = "aus_average" if protocol == "cd6me" else "uf1"
    assert 0 <= report["full"][score]["mean"] <= 1 and report["full"]["clips"] == 36
    if protocol == "megc2019":
        assert any("the composite 70/51/43" in note for note in report["notes"])

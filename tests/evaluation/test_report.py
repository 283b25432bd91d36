"""The report says what was done, and what its numbers are worth."""

import pytest

from micron_bert.errors import InputError
from micron_bert.evaluation.evaluate import main


def test_oracle_marks_every_table(prepared, tmp_path, monkeypatch, report_of):
    monkeypatch.setattr("micron_bert.evaluation.baselines.ststnet.EPOCHS", 3)
    monkeypatch.setattr("micron_bert.evaluation.baselines.ststnet.STSTNet.__init__.__defaults__", (3,), raising=False)
    common = ["--data", prepared[0], "--baseline", "ststnet"]
    main([*common, "--output", str(tmp_path / "fixed")])
    main([*common, "--output", str(tmp_path / "oracle"), "--choose_epoch", "oracle"])
    fixed, oracle = (report_of(tmp_path / name) for name in ("fixed", "oracle"))
    assert oracle["oracle"] and not fixed["oracle"]
    assert oracle["full"]["accuracy"]["mean"] >= fixed["full"]["accuracy"]["mean"]
    text = (tmp_path / "oracle" / "report.md").read_text()
    titles = [line for line in text.splitlines() if line.startswith("#") and "not as" not in line]
    assert all("ORACLE" in title for title in titles)
    assert "oracle" in (tmp_path / "oracle" / "model_index.yaml").read_text()


def test_methods_stand_side_by_side(prepared, tmp_path):
    common = ["--data", prepared[0], "--bootstrap", "0"]
    main([*common, "--output", str(tmp_path / "a"), "--baseline", "majority"])
    main([*common, "--output", str(tmp_path / "b"), "--baseline", "flow", "--compare_with", str(tmp_path / "a")])
    text = (tmp_path / "b" / "report.md").read_text()
    assert "| majority | " in text and "| DIS flow + PCA + ridge | " in text
    with pytest.raises(InputError, match="another `clips`"):
        main(["--data", prepared[1], "--output", str(tmp_path / "c"), "--baseline", "flow"]
             + ["--compare_with", str(tmp_path / "a")])  # fmt: skip

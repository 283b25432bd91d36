"""The run on a GPU, tried without one: steps are bounded, their commands exist, its table goes into the documents."""

import sys

from benchmarks.gpu import report
from benchmarks.gpu.__main__ import run
from benchmarks.gpu.steps import ROOT, Step, all_steps


def test_steps_are_bounded_and_their_files_exist(tmp_path):
    steps = all_steps(tmp_path, ["faces"])
    assert len({step.name for step in steps}) == len(steps)
    assert sum(step.limit for step in steps if step.name != "small") <= 15 * 60
    for step in steps:
        for word in step.command:
            if word.endswith((".py", ".yaml")) and not word.startswith("-"):
                assert (ROOT / word).is_file(), f"{step.name}: {word}"


def test_what_was_reached_before_the_limit_counts(tmp_path):
    program = "import time\nprint('first', flush=True)\ntime.sleep(60)"
    step = Step("slow", "Slow", 2, (sys.executable, "-c", program))
    ended, taken = run(step, tmp_path, 100, dry=False)
    assert ended == "stopped at its limit" and taken < 30
    assert "first" in report.markdown(tmp_path, [step], {"slow": (ended, taken)})


def test_a_failed_step_is_told(tmp_path):
    broken = Step("broken", "Broken", 20, (sys.executable, "-c", "raise SystemExit(3)"))
    missing = Step("missing", "Missing", 20, ("no-such-program",))
    assert run(broken, tmp_path, 20, dry=False)[0] == "exit code 3"
    assert run(missing, tmp_path, 20, dry=False)[0].startswith("not there")


def test_table_goes_into_the_documents_once(tmp_path, monkeypatch):
    place = tmp_path / "CARD.md"
    place.write_text("# Card\n\ntext\n")
    monkeypatch.setattr(report, "PLACES", (place,))
    for words in ("old table", "new table"):
        (tmp_path / "table.md").write_text(words + "\n")
        assert report.merge(tmp_path) == [place]
    text = place.read_text()
    assert "new table" in text and "old table" not in text and text.count(report.BEGIN) == 1 and "text" in text

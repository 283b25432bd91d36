"""The run on a GPU, tried without one: steps are bounded, their commands exist, its table goes into the documents."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.gpu import environment, report, small
from benchmarks.gpu.__main__ import MINUTES, run
from benchmarks.gpu.figures import figures
from benchmarks.gpu.steps import ROOT, Step, all_steps


def test_steps_are_bounded_and_their_files_exist(tmp_path):
    steps = all_steps(tmp_path, ["faces"])
    assert len({step.name for step in steps}) == len(steps) and steps[-1].name == "small"
    assert all(step.rehearsal for step in steps)
    names = (
        "environment tests kernel displaced tuning sanitizer training_small training_paper training_tiny films small"
    )
    assert [step.name for step in steps] == names.split()
    # all but the training of `small` has its time in one run, also where every limit is reached
    assert sum(step.limit for step in steps[:-1]) <= 60 * MINUTES
    for step in steps:
        for word in (*step.command, *step.rehearsal):
            if word.startswith("benchmarks.gpu."):
                assert (ROOT / f"{word.replace('.', '/')}.py").is_file(), f"{step.name}: {word}"
            if word.endswith((".py", ".yaml")) and not word.startswith("-"):
                assert (ROOT / word).is_file(), f"{step.name}: {word}"


def test_a_bare_checkout_needs_no_installation(tmp_path):
    """The package's kernels lie in another folder, where only an installation would look for them."""
    left_out = shutil.ignore_patterns("dma", "__pycache__", "checkpoints")
    for name in ("benchmarks/gpu", "src/micron_bert", "kernels/diagonal-micro-attention/torch-ext"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left_out)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    run = ["bash", str(tmp_path / "benchmarks/gpu/run.sh"), "--dry-run", "--only", "environment"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(run, env=os.environ | {"PATH": path}, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "environment: done" in ended.stdout
    loaded = tmp_path / "runs/gpu/package/micron_bert/ops/dma/__init__.py"
    assert loaded.is_file() and not loaded.parent.is_symlink()


def test_what_was_reached_before_the_limit_counts(tmp_path):
    program = "import time\nprint('first', flush=True)\ntime.sleep(60)"
    step = Step("slow", "Slow", 4, (sys.executable, "-c", program))
    ended, taken = run(step, tmp_path, 100, dry=False)
    assert ended == "stopped at its limit" and taken < 50
    assert "first" in report.markdown(tmp_path, [step], {"slow": (ended, taken)})


def test_a_step_that_is_stopped_leaves_no_process_behind(tmp_path):
    child = "import time; time.sleep(300)"
    program = (
        f"import subprocess, sys\np = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "print(p.pid, flush=True)\np.wait()"
    )
    run(Step("parent", "Parent", 4, (sys.executable, "-c", program), needs=()), tmp_path, 100, dry=False)
    number = int((tmp_path / "parent.txt").read_text())
    for _ in range(100):  # who has ended waits to be collected by the system
        status = Path(f"/proc/{number}/stat")
        if not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError(f"process {number} goes on")


def test_a_second_call_keeps_what_the_first_reached(tmp_path):
    report.write(tmp_path, [], {"kernel": ("done", 3.0)})
    assert report.states_of(tmp_path) == {"kernel": ("done", 3.0)}
    assert report.states_of(tmp_path, rehearsed=True) == {} == report.states_of(tmp_path / "nowhere")


def test_a_failed_step_is_told(tmp_path):
    broken = Step("broken", "Broken", 20, (sys.executable, "-c", "print('why'); raise SystemExit(3)"))
    missing = Step("missing", "Missing", 20, ("no-such-program",))
    state = run(broken, tmp_path, 20, dry=False)
    assert state[0] == "exit code 3" and "why" in report.markdown(tmp_path, [broken], {"broken": state})
    assert run(missing, tmp_path, 20, dry=False)[0].startswith("not there")


def test_step_without_its_packages_is_left_out_with_a_sentence(tmp_path):
    step = Step("lacking", "Lacking", 20, (sys.executable, "-c", "print()"), needs=("numpy", "no-such-package"))
    assert run(step, tmp_path, 20, dry=False) == ("left out: no-such-package missing", 0.0)
    assert run(step, tmp_path, 20, dry=True)[0].startswith("left out")


def test_packages_that_are_missing_or_too_old_are_named(monkeypatch):
    versions = {one.name: "99999" for one in environment.requirements()}
    monkeypatch.setattr(environment, "version_of", versions.get)
    assert environment.complaints() == []
    versions |= {"transformers": "5.0.0", "av": None}
    told = environment.complaints()
    assert [line.split()[0] for line in told] == ["transformers", "av"] or [line.split()[0] for line in told] == [
        "av",
        "transformers",
    ]
    assert any("av is missing" in line for line in told) and any(
        "5.0.0, the package asks for" in line for line in told
    )


def test_figures_are_read_from_the_result_files(tmp_path):
    assert all(one.reached is None and one.measured is None for one in figures(tmp_path))
    (tmp_path / "kernel.csv").write_text(
        "shape,way,pass,p50_ms,peak_mib,tensors_mib,over_floor\n"
        "64x1x784x512,fused,forward,1,1,1,1.50\n64x1x784x512,fused,step,2,110,100,\n"
        "64x1x784x512,eager,step,3,1,1,\n64x1x784x512,flex,,,,,\n"
    )
    (tmp_path / "displaced.csv").write_text(
        "shape,way,pass,ms\n64x1x8x16x14x14,fused,step,1\n64x1x8x16x14x14,compiled,step,2.5\n"
    )
    (tmp_path / "training_small.json").write_text(json.dumps({"share": {"displaced": 0.41}}))
    (tmp_path / "films.json").write_text(json.dumps({"frames/s, one film": 900.0, "frames/s, 8 films": 400.0}))
    told = {one.name: one for one in figures(tmp_path)}
    assert told["diagonal, forward, 784 patches of 512, over the floor"][2:] == ("1.50×", True)
    assert told["diagonal, step, 784 patches, eager / fused"][2:] == ("1.50×", False)
    assert told["diagonal, step, 784 patches, flex / fused"][2:] == (None, None)
    assert told["diagonal, step, peak memory / tensors"][2:] == ("1.10×", True)
    assert told["displaced, step, 14x14, compiled / fused"][2:] == ("2.50×", True)
    assert told["training step of `small`, share of the matmul ceiling"][2:] == ("41%", True)
    assert told["spotting, 8 films side by side, frames/s"][2:] == ("400", False)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_run_that_is_cut_leaves_a_table_of_what_it_reached(tmp_path, end):
    """Ended in its second step, it has the first one's result and table; asked to end, that of the second one too."""
    begun = (
        "import sys\nfrom pathlib import Path\nfrom benchmarks.gpu import __main__ as run, steps\n"
        "quick = steps.Step('quick', 'Quick', 50, (sys.executable, '-c', 'print(123)'), needs=())\n"
        "program = 'import time; print(456, flush=True); time.sleep(60)'\n"
        "slow = steps.Step('slow', 'Slow', 50, (sys.executable, '-c', program), needs=())\n"
        "run.all_steps = lambda *rest: [quick, slow]\n"
        f"sys.argv = ['gpu', '--output', {str(tmp_path)!r}]\nrun.main()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", begun], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline().startswith("quick: done")
    while not (tmp_path / "slow.txt").is_file() or "456" not in (tmp_path / "slow.txt").read_text():
        time.sleep(0.05)
    process.send_signal(end)
    process.communicate()
    table = (tmp_path / "table.md").read_text()
    assert "| Quick | done |" in table and "123" in table
    cut = end == signal.SIGTERM
    assert ("| Slow | cut from outside |" in table) == ("456" in table) == cut
    assert ("| Slow | not begun |" in table) != cut


def test_training_that_ran_out_of_time_is_scored_at_its_last_checkpoint(tmp_path, monkeypatch):
    waited = []

    class Process:
        def __init__(self, command):
            (tmp_path / "checkpoint-10").mkdir()

        def wait(self, timeout):
            waited.append(timeout)
            if len(waited) == 1:
                raise subprocess.TimeoutExpired("finetune", timeout)
            return 130

        def send_signal(self, number):
            waited.append(number)

    monkeypatch.setattr(subprocess, "Popen", Process)
    assert small.train(["faces"], tmp_path, 0.5, rehearse=True) == "interrupted after 0.5 minutes"
    assert waited == [30.0, small.signal.SIGINT, small.PATIENCE]
    monkeypatch.setattr(small, "last_complete_checkpoint", lambda folder, processes: folder / "checkpoint-10")
    assert small.model_in(tmp_path).name == "checkpoint-10"
    (tmp_path / "model.safetensors").touch()
    assert small.model_in(tmp_path) == tmp_path


def test_table_goes_into_the_documents_once(tmp_path, monkeypatch):
    place = tmp_path / "CARD.md"
    place.write_text(f"# Card\n\ntext\n\n{report.BEGIN}\nnobody has timed it\n{report.END}\n\nmore\n")
    monkeypatch.setattr(report, "PLACES", (place,))
    with pytest.raises(SystemExit, match="run.sh` first"):
        report.merge(tmp_path)
    for ended in ("stopped at its limit", "done"):
        report.write(tmp_path, [Step("one", "One", 1, ())], {"one": (ended, 1.0)})
        assert report.merge(tmp_path) == [place]
    text = place.read_text()
    assert "| One | done |" in text and "stopped at" not in text and "nobody has" not in text
    assert text.count(report.BEGIN) == text.count(report.END) == 1 and text.endswith("\n\nmore\n")
    report.write(tmp_path, [], {}, rehearsed=True)
    with pytest.raises(SystemExit, match="rehearsal"):
        report.merge(tmp_path)
    report.write(tmp_path, [], {})
    place.write_text("# Card\n")
    with pytest.raises(SystemExit, match="no marks"):
        report.merge(tmp_path)


def test_documents_have_the_marks():
    for place in report.PLACES:
        text = place.read_text()
        assert text.count(report.BEGIN) == text.count(report.END) == 1, place

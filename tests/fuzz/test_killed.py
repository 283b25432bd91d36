"""Commands that somebody kills at any moment, and starts again: they end with what an undisturbed run leaves."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import datasets
import numpy as np
import pytest
import yaml
from PIL import Image

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.video.writer import write_video

pytestmark = [pytest.mark.fuzz, pytest.mark.skipif(os.name == "nt", reason="Windows has no signal 9")]

PATIENCE = 2 * 3600  # seconds of a loaded machine before a command counts as hanging
KILLS = 3  # in a row, before the command may end
MEASURED = {"runtime", "seconds", "samples_per_second", "steps_per_second", "time", "processor_seconds"}


def start(arguments, folder):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "micron_bert.cli", *map(str, arguments)],
        cwd=folder,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(arguments, folder):
    running = start(arguments, folder)
    try:
        said = running.communicate(timeout=PATIENCE)[1].decode("utf-8", "replace")
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
    assert running.returncode == 0, said
    assert "Traceback" not in said, said


def without_times(value):
    """JSON without what a clock said."""
    if isinstance(value, dict):
        return {k: without_times(v) for k, v in value.items() if not any(word in k for word in MEASURED)}
    return [without_times(item) for item in value] if isinstance(value, list) else value


def tree(folder: Path, left_out=()) -> dict:
    """What lies in a folder: the bytes of each file, JSON without times."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part in name for part in left_out):
            content = path.read_bytes()
            found[name] = without_times(json.loads(content)) if path.suffix == ".json" else content
            if path.suffix == ".eaf":  # ELAN wants to know when it was written
                found[name] = re.sub(rb'DATE="[^"]*"', b"", content)
    return found


@pytest.fixture(scope="module")
def faces(face, tmp_path_factory):
    """Photographs of six people, who look alike."""
    folder, rng = tmp_path_factory.mktemp("faces"), np.random.default_rng(0)
    for number in range(6):
        picture = np.rint(face[0] * rng.uniform(0.7, 1, 3)).astype(np.uint8)
        Image.fromarray(picture).save(folder / f"{number:03}_03.png")
    return folder


@pytest.fixture(scope="module")
def recordings(face, tmp_path_factory):
    """Three clips of two people, with the sheet of one's own recordings."""
    folder = tmp_path_factory.mktemp("recordings")
    rows = ["subject,frames,onset,apex,offset,fps,emotion"]
    for number, subject in enumerate(("s1", "s1", "s2")):
        (folder / f"clip{number}").mkdir()
        for frame in range(8):
            Image.fromarray(face[frame > 3]).save(folder / f"clip{number}" / f"{frame}.png")
        rows.append(f"{subject},clip{number},0,5,7,30,{('disgust', 'happiness', 'surprise')[number]}")
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def clips(face, tmp_path_factory):
    """Prepared pairs of three people."""
    folder, rng, rows = tmp_path_factory.mktemp("prepared"), np.random.default_rng(0), []
    for number in range(18):
        tint = rng.uniform(0.7, 1, 3)
        frames = [Image.fromarray(np.rint(p * tint).astype(np.uint8)).resize((112, 112)) for p in face]
        rows.append({"dataset": "casme2", "subject": f"s{number % 3}", "clip": f"clip{number}", "frames": frames})
        rows[-1] |= {"onset": 0, "apex": 1, "offset": 1, "label": number // 3 % 3}
    features = datasets.Features(
        {name: datasets.Value("string") for name in ("dataset", "subject", "clip")}
        | {name: datasets.Value("int32") for name in ("onset", "apex", "offset")}
        | {"frames": datasets.List(datasets.Image())}
        | {"label": datasets.ClassLabel(names=["negative", "positive", "surprise"])}
    )
    datasets.Dataset.from_list(rows, features=features).to_parquet(folder / "train.parquet")
    return folder


def synthesize(work, faces, **_):
    return ["synthesize", faces, work / "out", "--clips", "12", "--size", "64", "--faces-from", "london"], ()


def prepare(work, recordings, **_):
    return ["prepare", "folder", recordings, "--output", work / "out", "--frames", "clip"], ()


def finetune(work, pairs, mini_sizes, **_):
    recipe = {
        "config": {**mini_sizes, "num_hidden_layers": 1, "classifier_hidden_size": 16},
        "dataset": str(pairs),
        "output_dir": str(work / "out"),
        "num_train_epochs": 6,
        "per_device_train_batch_size": 4,
        "dataloader_num_workers": 0,
        "save_strategy": "steps",
        "save_steps": 3,
        "test_fraction": 0.4,
        "disable_tqdm": True,
        "use_cpu": True,
    }
    (work / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return ["finetune", work / "recipe.yaml"], ("checkpoint-", "runs/", "training_args.bin", "settings")


def evaluate(work, clips, **_):
    return ["evaluate", "--protocol", "loso", "--data", clips, "--output", work / "out", "--baseline", "flow"], ()


def spot(work, face, **_):
    course = np.sin(np.linspace(0, np.pi, 12))[:, None, None, None]
    still = np.repeat(face[0][None], 30, axis=0)
    moving = (face[0] * (1 - course) + face[1] * course).astype(np.uint8)
    write_video(work / "film.mp4", np.concatenate([still, moving, still]), 30)
    return ["spot", work / "film.mp4", "--output", work / "out", "--strictness", "0"], (".png",)


def calibrate(work, faces, **_):
    shutil.copytree(shipped_checkpoint(), work / "out")
    (work / "out" / "calibration.json").unlink(missing_ok=True)
    return ["calibrate", work / "out", "--faces", faces, "--pairs", "24", "--test-fraction", "0.5"], ()


def publish(work, **_):
    return ["publish", "--repo", "lab/mb", "--what", "all", "--dry-run", "--output", work / "out"], ()


@pytest.mark.parametrize(
    "command",
    [synthesize, prepare, finetune, evaluate, spot, calibrate, publish],
    ids=lambda command: command.__name__,
)
def test_killed_and_started_again(command, tmp_path, face, faces, recordings, clips, pairs_folder, mini_sizes):
    given = {"face": face, "faces": faces, "recordings": recordings, "clips": clips, "pairs": pairs_folder}
    given["mini_sizes"] = mini_sizes
    work = tmp_path / "work"  # the same place for both runs: settings may hold paths
    work.mkdir()
    arguments, left_out = command(work, **given)
    begun = time.monotonic()
    finish(arguments, work)
    duration, undisturbed = time.monotonic() - begun, tree(work / "out", left_out)

    shutil.rmtree(work)
    work.mkdir()
    arguments, left_out = command(work, **given)
    rng = random.Random(command.__name__)
    for _ in range(KILLS):
        running = start(arguments, work)
        time.sleep(rng.uniform(0.3, 1.0) * duration)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
    ended = command is calibrate and (work / "out" / "calibration.json").is_file()
    if not ended:  # a second calibration would be refused
        finish(arguments, work)
    killed = tree(work / "out", left_out)
    assert killed.keys() == undisturbed.keys()
    assert killed == undisturbed

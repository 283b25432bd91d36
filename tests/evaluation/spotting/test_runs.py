"""What a method finds in a video is kept, and found anew when method or model change."""

import shutil

import numpy as np
import pytest

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.evaluation.spotting.runs import BASELINE, SPOTTER, Job, find_all, key_of, read_found
from micron_bert.video.writer import write_video


def test_key_is_that_of_the_weights_and_the_strictness(tmp_path):
    shutil.copytree(shipped_checkpoint(), tmp_path / "model")
    model = str(tmp_path / "model")
    keys = [key_of(SPOTTER, model), key_of(SPOTTER, model, 0.0), key_of(BASELINE, model), key_of(SPOTTER, None)]
    assert len(set(keys)) == 4 and keys[0] == key_of(SPOTTER, model)
    assert key_of(BASELINE, None) == keys[2]  # baselines have no model
    (tmp_path / "model" / "model.safetensors").write_bytes(b"other weights")
    assert key_of(SPOTTER, model) != keys[0]


@pytest.fixture
def blank(tmp_path):
    return write_video(tmp_path / "blank.mp4", [np.full((64, 64, 3), 90, np.uint8)] * 4, 30.0)


def test_nothing_is_found_where_nobody_is_and_it_is_not_looked_for_again(blank, tmp_path):
    jobs = [Job(blank, 30.0, method, tmp_path / "found" / f"{method}.json") for method in (SPOTTER, BASELINE)]
    said = []
    find_all(jobs, progress=said.append)
    spotter, baselines = (read_found(job.path) for job in jobs)
    assert spotter.candidates == [] and set(baselines.peaks) == {"frame difference", "optical flow (MDMD)"}
    assert not any(baselines.peaks.values())
    find_all(jobs, progress=said.append)
    assert len(said) == 2
    jobs[0].path.write_text('{"candidates": [', encoding="utf-8")
    find_all(jobs, progress=said.append)  # a damaged one is looked for again
    assert len(said) == 3 and read_found(jobs[0].path).candidates == []

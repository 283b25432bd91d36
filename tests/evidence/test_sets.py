from dataclasses import replace

import numpy as np
import pytest

from benchmarks.evidence.conditions import STANDARD, STILL, Condition
from benchmarks.evidence.faces import Faces, open_portraits
from benchmarks.evidence.sets import render_set, set_key
from micron_bert.synthesis.nuisances import Nuisances
from micron_bert.training.calibrate import split_held_out


@pytest.fixture(scope="module")
def faces(people, tmp_path_factory):
    return Faces.load([people], 112, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def rendered(faces, tmp_path_factory):
    cache = tmp_path_factory.mktemp("sets")
    return cache, render_set(faces, STANDARD, 7, 30, cache, 1)


def test_nobody_judges_a_model_that_was_trained_or_calibrated_on_them(faces):
    trained, judging = ({faces.portraits[i].subject for i in part} for part in (faces.train, faces.test))
    calibrated, left = ({portrait.subject for portrait in part} for part in split_held_out(faces.portraits))
    assert (trained, calibrated, judging) == ({"ann"}, {"olga"}, {"emma", "lena"}) and judging == left


def test_order_of_the_folders_does_not_matter(people, faces, tmp_path):
    (tmp_path / "other").mkdir()
    for path in sorted(people.iterdir(), reverse=True):
        (tmp_path / "other" / path.name).write_bytes(path.read_bytes())
    again = Faces.load([tmp_path / "other"], 112, tmp_path)
    assert again.digest == faces.digest
    assert all((a.image == b.image).all() for a, b in zip(again.portraits, open_portraits(faces.folder), strict=True))


def test_a_set_shows_only_people_held_out(faces, rendered):
    shown = {faces.people[i] for i in rendered[1].people}
    assert shown <= {faces.portraits[i].subject for i in faces.test}


def test_an_interrupted_set_is_completed_to_the_same_bits(faces, rendered):
    cache, complete = rendered
    before = {name: np.array(getattr(complete, name)) for name in ("frames", "flow", "moved", "labels")}
    folder = cache / f"pairs-{complete.key}"
    done, frames = (np.load(folder / f"{name}.npy", mmap_mode="r+") for name in ("done", "frames"))
    done[11:], frames[11:] = False, 0
    again = render_set(faces, STANDARD, 7, 30, cache, 1)
    for name, values in before.items():
        np.testing.assert_array_equal(getattr(again, name), values)


def test_a_pair_without_expression_moved_nowhere(rendered):
    pairs = rendered[1]
    assert not pairs.moved[pairs.labels == 3].any()
    assert (pairs.moved[pairs.labels < 3].max(axis=(1, 2)) > 0.9).all()


def test_without_nuisance_only_the_expression_moves(faces, tmp_path):
    pairs = render_set(faces, STILL, 7, 10, tmp_path, 1)
    rest = np.abs(pairs.displacement[:, 2:] - pairs.displacement[:, :2])
    assert rest.max() < 0.06  # what the registration misjudges


def test_another_condition_has_another_key_and_the_same_expressions(faces, rendered, tmp_path):
    grey = Condition("grey", nuisances=Nuisances(grey=1.0))
    pairs = render_set(faces, grey, 7, 30, tmp_path, 1)
    assert pairs.key != rendered[1].key
    np.testing.assert_array_equal(pairs.amplitude, rendered[1].amplitude)
    assert (np.ptp(pairs.frames[..., :].astype(int), axis=-1) == 0).all()
    assert set_key(faces, replace(grey, resolution=0.5), 7, 30) != pairs.key

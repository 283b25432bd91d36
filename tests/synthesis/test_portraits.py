from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from micron_bert.errors import InputError
from micron_bert.faces.alignment import canonical_eyes, eye_centres
from micron_bert.synthesis import portraits as module
from micron_bert.synthesis.portraits import (
    Portrait,
    frame_to_portrait,
    load_portraits,
    split_identities,
    subjects_of,
    working_landmarks,
)


@pytest.fixture
def folder(tmp_path, photograph):
    """Two people, one of them twice, in two folders; a picture without a face, and a text file that says it is one."""
    (tmp_path / "neutral").mkdir()
    (tmp_path / "smiling").mkdir()
    Image.fromarray(photograph).save(tmp_path / "neutral" / "001_03.png")
    Image.fromarray(photograph[:, ::-1]).save(tmp_path / "smiling" / "001_08.png")
    Image.fromarray(photograph).convert("L").save(tmp_path / "neutral" / "anna.jpg")
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(tmp_path / "wall.png")
    (tmp_path / "broken.jpg").write_text("no picture")
    (tmp_path / "notes.txt").write_text("no picture, and not called one")
    return tmp_path


def test_loads_what_has_a_face_and_says_what_has_none(folder, tmp_path):
    said = []
    portraits = load_portraits(folder, size=64, cache=tmp_path / "cache", report=said.append)
    assert [portrait.subject for portrait in portraits] == ["001", "anna", "001"]
    assert all(portrait.image.shape == (128, 128, 3) and portrait.size == 64 for portrait in portraits)
    assert len(said) == 2
    assert any("wall.png" in sentence and "no face" in sentence for sentence in said)
    assert any("broken.jpg" in sentence for sentence in said)


def test_eyes_lie_where_the_canonical_crop_has_them(portrait):
    np.testing.assert_allclose(eye_centres(portrait.landmarks), canonical_eyes(224), atol=0.01)
    np.testing.assert_allclose(eye_centres(working_landmarks(portrait)), canonical_eyes(112), atol=0.01)


def test_frame_of_the_canonical_crop_is_half_the_portrait(portrait):
    matrix = frame_to_portrait(np.eye(2, 3))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    sampled = cv2.warpAffine(portrait.image, matrix, (112, 112), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    halved = cv2.resize(portrait.image, (112, 112), interpolation=cv2.INTER_AREA)
    assert np.abs(sampled.astype(int) - halved).max() <= 1


def test_landmarks_are_remembered(folder, tmp_path, monkeypatch):
    first = load_portraits(folder, size=64, cache=tmp_path / "cache", report=lambda sentence: None)
    monkeypatch.setattr(module, "FaceDetector", None)  # the networks are needed for the picture without a face only
    (folder / "wall.png").unlink()
    again = load_portraits(folder, size=64, cache=tmp_path / "cache", report=lambda sentence: None)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.landmarks, other.landmarks)


@pytest.mark.parametrize(
    ("names", "subjects"),
    [
        (["a/001_03.jpg", "b/001_08.jpg"], ["001", "001"]),
        (["a/D000197.jpg", "a/john_smith.jpg"], ["D000197", "john_smith"]),
        (["anna/1.jpg", "bert/1.jpg", "bert/2.jpg"], ["anna/1", "bert/1", "2"]),
    ],
)
def test_people_are_named_by_their_files(names, subjects):
    assert subjects_of([Path(name) for name in names]) == subjects


def test_people_can_be_named_by_their_folders():
    paths = [Path("faces/anna/1.jpg"), Path("faces/bert/1.jpg"), Path("faces/bert/2.jpg")]
    assert subjects_of(paths, "folder") == ["anna", "bert", "bert"]


def test_missing_and_empty_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        load_portraits(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no picture"):
        load_portraits(tmp_path)
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(tmp_path / "wall.png")
    with pytest.raises(InputError, match="shows a face"):
        load_portraits(tmp_path, cache=False, report=lambda sentence: None)


def people(count):
    return [
        Portrait(f"p{index // 2}", np.zeros((2, 2, 3), np.uint8), np.zeros((468, 2))) for index in range(2 * count)
    ]


def test_nobody_is_in_both_splits():
    train, test = split_identities(people(200), 0.25, seed=3)
    assert not {portrait.subject for portrait in train} & {portrait.subject for portrait in test}
    assert len(train) + len(test) == 400
    assert len(test) / 400 == pytest.approx(0.25, abs=0.08)


def test_adding_faces_moves_nobody():
    few, many = split_identities(people(50))[1], split_identities(people(80))[1]
    known = {portrait.subject for portrait in people(50)}
    assert {p.subject for p in few} == {p.subject for p in many if p.subject in known}


@pytest.mark.parametrize("count", [2, 3, 4])
def test_few_people_fill_both_splits(count):
    for seed in range(10):
        assert all(split_identities(people(count), seed=seed))


def test_one_person_cannot_be_split():
    with pytest.raises(InputError, match="two people"):
        split_identities(people(1))
    with pytest.raises(InputError, match="`1.5`"):
        split_identities(people(3), 1.5)

import cv2
import numpy as np
import pytest
import skimage.data

from micron_bert.data.prepared.apex import midpoint, spot_apex
from micron_bert.data.prepared.crops import CropSettings
from micron_bert.data.prepared.prepare import prepare
from micron_bert.errors import InputError
from tests.data.prepared.conftest import table


@pytest.mark.parametrize("way, numbers", [("midpoint", 11), ("spotted", 11)])
def test_apex_without_annotation(loaded, tmp_path, way, numbers):
    done = prepare(loaded, tmp_path / "out", CropSettings(apex=(way,)))
    rows = table(tmp_path / "out")
    assert done.clips == 4 + (way == "spotted")  # the damaged picture is not needed when another is spotted
    assert set(rows["apex_from"]) == {way} and rows[0]["frame_numbers"] == [9, numbers]


def test_clips_without_apex_are_named(loaded, tmp_path):
    without = loaded.clips.map(lambda row: {"apex": None if row["clip"] == "1" else row["apex"]})
    part = type(loaded)(without, loaded.report)
    done = prepare(part, tmp_path / "a", CropSettings())
    assert {f["clip"]: f["reason"] for f in done.failures}["anna/1"].startswith("there is no annotated apex")
    done = prepare(part, tmp_path / "b", CropSettings(apex=("annotated", "midpoint")))
    assert table(tmp_path / "b")["apex_from"][:2] == ["midpoint", "annotated"]
    kept = prepare(part, tmp_path / "c", CropSettings(apex=("none",), frames="clip"))
    assert kept.clips == 5 and set(table(tmp_path / "c")["apex"]) == {None}


def test_midpoint():
    assert midpoint([1, 2, 3, 4, 5], 1, 5) == 3
    assert midpoint([1, 2, 3, 4], 1, 4) == 2
    assert midpoint([10, 11, 19, 20], 10, 20) == 11
    with pytest.raises(InputError, match="no frame between"):
        midpoint([1, 2], 2, 2)


def test_spotted_apex_is_where_the_face_moved_furthest():
    scene = skimage.data.astronaut()[60:190, 150:280]
    scene = cv2.resize(scene, (112, 112), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[:112, :112].astype(np.float32)
    weight = np.exp(-(((x - 56) / 16) ** 2 + ((y - 80) / 10) ** 2)).astype(np.float32)
    course = 2 * np.exp(-((np.arange(20) - 12) ** 2) / 12).astype(np.float32)
    frames = np.stack([cv2.remap(scene, x, y + c * weight, cv2.INTER_CUBIC) for c in course])
    assert abs(spot_apex(frames) - 12) <= 1
    assert spot_apex(frames[:2]) == 1
    with pytest.raises(InputError):
        spot_apex(frames[:1])

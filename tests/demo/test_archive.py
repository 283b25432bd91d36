"""What a visitor takes home can be read by a program and by a person."""

import csv
import io
import json
import zipfile

import numpy as np
from PIL import Image

from micron_bert.demo.archive import pack


def test_archive_of_a_clip(analysis):
    archive = zipfile.ZipFile(io.BytesIO(pack(analysis, "org/model")))
    expected = {"result.json", "movement.png", "flip.gif", "movement.csv"}
    expected |= {"action_units.png"} if analysis.recognition.action_units is not None else set()
    assert archive.testzip() is None and set(archive.namelist()) == expected
    result = json.loads(archive.read("result.json"))
    assert result["label"] == analysis.recognition.label and result["model"] == "org/model"
    assert result["apex"]["frame"] == analysis.recognition.apex
    assert len(result["detection"]["findings"]) == len(analysis.intervals)
    rows = list(csv.DictReader(io.StringIO(archive.read("movement.csv").decode())))
    assert [int(row["frame"]) for row in rows] == analysis.curve.indices.tolist()
    movement = np.array([float(row["movement"] or "nan") for row in rows])
    np.testing.assert_allclose(movement, analysis.curve.movement, atol=1e-4)
    assert Image.open(io.BytesIO(archive.read("movement.png"))).width > 700


def test_pictures_have_no_curve(analyst, pictures):
    analysis = analyst.analyse_pair(*pictures, lambda share, words: None)
    assert "movement.csv" not in zipfile.ZipFile(io.BytesIO(pack(analysis, "m"))).namelist()

"""The face networks say the same whoever runs them, and say it quietly."""

import subprocess
import sys

import numpy as np
import pytest
from skimage.data import astronaut

from micron_bert.faces import network
from micron_bert.faces.detector import FaceDetector
from micron_bert.faces.mesh import FaceMesh

needs_litert = pytest.mark.skipif(network.Interpreter is None, reason="LiteRT has no wheel for this system")


@pytest.fixture
def by_opencv(monkeypatch):
    """Detector and mesh where LiteRT is not installed."""
    monkeypatch.setattr(network, "Interpreter", None)
    return FaceDetector(), FaceMesh()


def test_without_litert_opencv_finds_the_face(by_opencv):
    detector, mesh = by_opencv
    (face,) = detector.detect(astronaut())
    assert detector.network.interpreter is None and mesh.network.interpreter is None
    assert mesh.landmarks(astronaut(), face).shape == (468, 2)


@needs_litert
def test_both_find_the_same_landmarks(by_opencv):
    photograph = astronaut()
    (face,) = FaceDetector().detect(photograph)
    (other,) = by_opencv[0].detect(photograph)
    np.testing.assert_allclose(face.keypoints, other.keypoints, atol=1e-3)
    ours, theirs = (mesh.landmarks(photograph, face) for mesh in (FaceMesh(), by_opencv[1]))
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


@needs_litert
def test_nothing_is_said_on_standard_error():
    code = "from micron_bert.faces import FaceMesh; mesh = FaceMesh(); assert mesh.network.interpreter is not None"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

"""The face networks as ONNX graphs find what the originals find."""

import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.faces.detector import FaceDetector
from micron_bert.faces.mesh import FaceMesh
from micron_bert.faces.models import find_face_models
from micron_bert.onnx import face_networks
from micron_bert.onnx.face_networks import NAMES, Conversion, export_face_networks
from micron_bert.onnx.session import open_session

pytest.importorskip("ai_edge_litert")
pytest.importorskip("onnx")


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    return export_face_networks(find_face_models(), tmp_path_factory.mktemp("graphs"))


class Graph:
    """A graph in the place of a [`FaceNetwork`]."""

    def __init__(self, path, outputs):
        self.session, self.outputs = open_session(path, threads=1), list(outputs)

    def __call__(self, picture):
        return self.session.run(self.outputs, {self.session.get_inputs()[0].name: picture[None]})


def test_a_face_and_its_landmarks_are_where_the_originals_see_them(graphs):
    from skimage.data import astronaut

    detector, mesh = FaceDetector(), FaceMesh()
    (face,) = detector.detect(astronaut())
    landmarks = mesh.landmarks(astronaut(), face)
    detector.network, mesh.network = (Graph(path, NAMES[path.name]) for path in graphs)
    (other,) = detector.detect(astronaut())
    assert np.abs(other.box - face.box).max() < 0.01 and abs(other.score - face.score) < 1e-4
    assert np.abs(mesh.landmarks(astronaut(), face) - landmarks).max() < 0.05  # pixels


def test_a_graph_that_answers_otherwise_is_refused(tmp_path, monkeypatch):
    original = Conversion._as_relu

    def forgetful(self, operator):
        original(self, operator)
        self.nodes[-1].op_type = "Identity"

    monkeypatch.setattr(face_networks.Conversion, "_as_relu", forgetful)
    with pytest.raises(InputError, match="does not answer as its"):
        export_face_networks(find_face_models(), tmp_path)

"""Faces: find, track and align them, and register the frames of a clip to each other."""

from micron_bert.faces.alignment import EYE_DISTANCE, EYES_CENTRE
from micron_bert.faces.detector import Face, FaceDetector, choose_face
from micron_bert.faces.mesh import FaceMesh
from micron_bert.faces.models import fetch_face_models, find_face_models
from micron_bert.faces.photograph import AlignedFace, align_image
from micron_bert.faces.registration import Registrar, Registration, register

__all__ = [
    "EYES_CENTRE",
    "EYE_DISTANCE",
    "AlignedFace",
    "Face",
    "FaceDetector",
    "FaceMesh",
    "Registrar",
    "Registration",
    "align_image",
    "choose_face",
    "fetch_face_models",
    "find_face_models",
    "register",
]

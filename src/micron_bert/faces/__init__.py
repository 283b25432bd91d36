"""Faces: find, track and align them, and register the frames of a clip to each other."""

from micron_bert.faces.alignment import EYE_DISTANCE, EYES_CENTRE
from micron_bert.faces.clip import FaceClip, align_clip
from micron_bert.faces.detector import Face, FaceDetector, choose_face
from micron_bert.faces.mesh import FaceMesh
from micron_bert.faces.models import fetch_face_models, find_face_models
from micron_bert.faces.photograph import AlignedFace, align_image
from micron_bert.faces.registration import Registrar, Registration, register
from micron_bert.faces.tracker import FaceTracker

__all__ = [
    "EYES_CENTRE",
    "EYE_DISTANCE",
    "AlignedFace",
    "Face",
    "FaceClip",
    "FaceDetector",
    "FaceMesh",
    "FaceTracker",
    "Registrar",
    "Registration",
    "align_clip",
    "align_image",
    "choose_face",
    "fetch_face_models",
    "find_face_models",
    "register",
]

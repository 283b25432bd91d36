import cv2
import numpy as np
import pytest
from skimage.data import astronaut as astronaut_photograph

from micron_bert.faces.alignment import transform_points
from micron_bert.faces.photograph import align_image
from micron_bert.synthesis.portraits import Portrait


@pytest.fixture(scope="session", autouse=True)
def one_opencv_thread():
    cv2.setNumThreads(1)


@pytest.fixture(scope="session")
def photograph():
    return astronaut_photograph()


@pytest.fixture(scope="session")
def photograph_landmarks(photograph):
    aligned = align_image(photograph)
    return transform_points(cv2.invertAffineTransform(aligned.transform), aligned.landmarks).astype(np.float32)


@pytest.fixture(scope="session")
def portrait(photograph, photograph_landmarks):
    return Portrait.from_photograph("astronaut", photograph, photograph_landmarks, 112)


@pytest.fixture
def rng():
    return np.random.default_rng(0)

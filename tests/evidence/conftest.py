import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

# the benchmark is run from the root of the repository and is not installed
sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """
    A folder with four "people": the astronaut, mirrored, darker, and both. By their names one is trained on, one is
    for calibration and two are left.
    """
    from skimage.data import astronaut

    cv2.setNumThreads(1)
    folder = tmp_path_factory.mktemp("people")
    photograph = astronaut()[..., ::-1]
    darker = np.uint8(0.7 * photograph)
    pictures = (photograph, photograph[:, ::-1], darker, darker[:, ::-1])
    for name, picture in zip(("ann", "emma", "lena", "olga"), pictures, strict=True):
        cv2.imwrite(str(folder / f"{name}_01.png"), picture)
    return folder

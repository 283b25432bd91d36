import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

# the benchmark is run from the root of the repository and is not installed
sys.path.insert(0, str(Path(__file__).parents[2]))


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """A folder with three "people": the astronaut, mirrored, and darker; the split by name holds out two of them."""
    from skimage.data import astronaut

    cv2.setNumThreads(1)
    folder = tmp_path_factory.mktemp("people")
    photograph = astronaut()[..., ::-1]
    pictures = (photograph, photograph[:, ::-1], np.uint8(0.7 * photograph))
    for name, picture in zip(("ann", "emma", "olga"), pictures, strict=True):
        cv2.imwrite(str(folder / f"{name}_01.png"), picture)
    return folder

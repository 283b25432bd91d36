import cv2
import numpy as np
import pytest
import skimage.data
from scipy.ndimage import map_coordinates

SIZE = 112


def similarity_about_centre(x=0.0, y=0.0, degrees=0.0, scale=1.0, centre=(SIZE - 1) / 2):
    """Similarity about the middle of a square picture: the `(2, 3)` matrix from old places to new ones."""
    factor = scale * np.exp(1j * np.deg2rad(degrees))
    offset = complex(x, y) + (1 - factor) * complex(centre, centre)
    return np.array([[factor.real, -factor.imag, offset.real], [factor.imag, factor.real, offset.imag]])


def move(image, matrix, displacement=None):
    """
    The picture after its content moved, by SciPy's cubic splines: content first goes along `displacement` `(H, W, 2)`,
    then along `matrix`.
    """
    height, width = image.shape[:2]
    inverse = np.linalg.inv(np.vstack([matrix, (0, 0, 1)]))[:2]
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    target = np.stack([x, y], axis=-1) @ inverse[:, :2].T + inverse[:, 2]
    source = target
    for _ in range(4 if displacement is not None else 0):
        here = [
            map_coordinates(displacement[..., axis], (source[..., 1], source[..., 0]), order=1, mode="nearest")
            for axis in (0, 1)
        ]
        source = target - np.stack(here, axis=-1)
    where = source[..., 1], source[..., 0]
    planes = [map_coordinates(plane, where, order=3, mode="nearest") for plane in np.moveaxis(np.float64(image), 2, 0)]
    return np.clip(np.rint(np.stack(planes, axis=-1)), 0, 255).astype(np.uint8)


def root_mean_square(matrix, size=SIZE, radius=0.4):
    """Root mean square displacement by a matrix over the disc in which a face lies."""
    grid = np.stack(np.meshgrid(np.arange(size), np.arange(size)), axis=-1).reshape(-1, 2)
    grid = grid[np.hypot(*(grid - (size - 1) / 2).T) < radius * size]
    return float(np.sqrt((((grid @ matrix[:, :2].T + matrix[:, 2]) - grid) ** 2).sum(axis=1).mean()))


# test folders are no packages: what the tests share reaches them as fixtures
@pytest.fixture(scope="session")
def similarity():
    return similarity_about_centre


@pytest.fixture(scope="session", name="move")
def move_fixture():
    return move


@pytest.fixture(scope="session", name="root_mean_square")
def root_mean_square_fixture():
    return root_mean_square


@pytest.fixture(scope="session")
def astronaut():
    return skimage.data.astronaut()


@pytest.fixture(scope="session")
def crop(astronaut):
    """A face crop of `SIZE` pixels, as the alignment makes it, cut out by hand-measured eye positions."""
    matrix = cv2.getRotationMatrix2D((225.5, 104.5), 4.2, 0.4 * SIZE / 44.8)
    matrix[:, 2] += np.array([0.5, 0.33]) * SIZE - 0.5 - (225.5, 104.5)
    return cv2.warpAffine(astronaut, matrix, (SIZE, SIZE), flags=cv2.INTER_CUBIC)

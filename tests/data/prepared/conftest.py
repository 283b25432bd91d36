"""Recordings to prepare: a face whose mouth moves, a wall, and what is damaged."""

import cv2
import datasets
import numpy as np
import pytest
import skimage.data

from micron_bert.data import load

COURSE = (0.0, 1.0, 3.0, 2.0, 1.0)  # pixels by which the corners of the mouth go up


def smile(image, pixels):
    """The astronaut's mouth moved upwards by some pixels, softly."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    weight = np.exp(-(((x - 126) / 26) ** 2 + ((y - 152) / 14) ** 2))
    return cv2.remap(image, x, y + np.float32(pixels) * weight, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


@pytest.fixture(scope="session")
def recordings(tmp_path_factory):
    """Four clips of a moving face, one of a wall, one with a damaged apex, one that lacks frames."""
    root = tmp_path_factory.mktemp("recordings")
    scene = skimage.data.astronaut()[:260, 100:360]
    lines = ["subject,clip,frames,onset,apex,offset,fps,emotion,action_units"]
    for subject, clip, emotion in (
        ("anna", "1", "happiness"),
        ("anna", "2", "disgust"),
        ("ben", "1", "surprise"),
        ("ben", "2", "others"),
        ("wall", "1", "fear"),
        ("cleo", "damaged", "fear"),
    ):
        folder = root / subject / clip
        folder.mkdir(parents=True)
        for number, pixels in enumerate(COURSE, 9):
            picture = np.full_like(scene, 90) if subject == "wall" else smile(scene, pixels)
            if (subject, clip) == ("ben", "2"):
                picture = np.clip(picture.astype(int) + 5, 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / f"img{number}.png"), picture[..., ::-1])
        lines.append(f"{subject},{clip},{subject}/{clip},9,11,13,30,{emotion},12")
    (root / "cleo" / "damaged" / "img11.png").write_bytes(b"\x89PNG damaged")
    (root / "anna" / "2" / "img12.png").unlink()
    (root / "metadata.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(scope="session")
def loaded(recordings):
    return load("folder", recordings, pictures="listed")


def table(folder):
    return datasets.Dataset.from_parquet([str(path) for path in sorted((folder / "data").glob("*.parquet"))])

import json
from pathlib import Path

import cv2
import datasets
import numpy as np
import pytest
import skimage.data
from PIL import Image

LABELS = ["negative", "positive", "surprise"]


def clip_frames(picture, label, rng):
    """Seven frames in which a third of the rows, which one is the label, moves away and back."""
    rows, frames = slice(11 * label, 11 * label + 10), []
    for step in (0, 1, 2, 3, 2, 1, 0):
        frame = picture.astype(np.int16) + rng.integers(-2, 3, picture.shape)
        frame[rows] = np.roll(frame[rows], step, axis=1)
        frames.append(Image.fromarray(frame.clip(0, 255).astype(np.uint8)))
    return frames


def write_prepared(folder, dataset, people, clips_each, seed=0):
    """A prepared dataset of generated clips, as Parquet."""
    face = Image.fromarray(skimage.data.astronaut()[40:168, 160:288]).resize((32, 32), Image.Resampling.LANCZOS)
    rng, rows = np.random.default_rng(seed), []
    for subject in people:
        picture = np.rint(np.asarray(face) * rng.uniform(0.6, 1.0, 3)).astype(np.uint8)
        for number in range(clips_each):
            label = number % 3
            rows.append(
                {"dataset": dataset, "subject": subject, "clip": f"clip{number}", "label": label}
                | {"frames": clip_frames(picture, label, rng), "onset": 0, "apex": 3, "offset": 6, "fps": 30.0}
                | {"emotion": ["disgust", "happiness", "surprise"][label], "objective_class": label + 1}
                | {
                    "action_units": [
                        {"number": n, "side": None, "intensity": None} for n in [(4,), (6, 12), (1, 2)][label]
                    ]
                }
            )
    unit = {"number": datasets.Value("int32"), "side": datasets.Value("string"), "intensity": datasets.Value("string")}
    features = datasets.Features(
        dataset=datasets.Value("string"),
        subject=datasets.Value("string"),
        clip=datasets.Value("string"),
        label=datasets.ClassLabel(names=[*LABELS, "none"]),
        frames=datasets.List(datasets.Image()),
        onset=datasets.Value("int32"),
        apex=datasets.Value("int32"),
        offset=datasets.Value("int32"),
        fps=datasets.Value("float32"),
        emotion=datasets.Value("string"),
        objective_class=datasets.Value("int32"),
        action_units=datasets.List(unit),
    )
    folder.mkdir(parents=True, exist_ok=True)
    datasets.Dataset.from_list(rows, features=features).to_parquet(folder / "train.parquet")
    return str(folder)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """Two datasets of three people with six clips each; both have an `s1`."""
    folder = tmp_path_factory.mktemp("prepared")
    return [
        write_prepared(folder / "one", "casme2", ["s1", "s2", "s3"], 6),
        write_prepared(folder / "two", "samm", ["s1", "s4", "s5"], 6, seed=1),
    ]


@pytest.fixture(scope="session")
def synthetic(tmp_path_factory):
    """Two people with three clips each, as `micron-bert synthesize` names them."""
    return write_prepared(tmp_path_factory.mktemp("synthetic") / "clips", "synthetic", ["001", "002"], 3)


@pytest.fixture
def mini(mini_sizes):
    """Options of a μ-BERT that trains a fold in a second."""
    config = {**mini_sizes, "num_hidden_layers": 1, "classifier_hidden_size": 16}
    return ["--config", json.dumps(config), "--per_device_train_batch_size", "4", "--epochs", "2", "--use_cpu"]


@pytest.fixture
def report_of():
    """Reads what is in the `report.json` of an evaluation."""
    return lambda folder: json.loads(Path(folder, "report.json").read_text())


@pytest.fixture
def files_of():
    """Reads everything that an evaluation leaves, by path, but for the arrays."""

    def read(folder):
        paths = [path for path in sorted(Path(folder).rglob("*")) if path.is_file() and path.suffix != ".npy"]
        return {str(path.relative_to(folder)): path.read_bytes() for path in paths}

    return read


@pytest.fixture(scope="session")
def face():
    return cv2.resize(skimage.data.astronaut()[30:180, 150:300], (112, 112), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="session")
def shifted():
    """Moves some rows of a picture to the side."""

    def shift(picture, rows, step):
        moved = picture.copy()
        moved[rows] = np.roll(picture[rows], step, axis=1)
        return moved

    return shift

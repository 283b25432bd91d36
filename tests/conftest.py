import argparse
import hashlib
import json
import os
import zipfile

# nothing in the tests reaches for a hub
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import datasets
import numpy as np
import pytest
import skimage.data
import torch
import yaml
from PIL import Image

from micron_bert.synthesis.portraits import Portrait

LABELS = ["negative", "positive", "surprise"]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Tests run side by side, so each computes on one thread, also after one that trained on all cores."""
    torch.set_num_threads(1)


@pytest.fixture
def mini_sizes():
    """Sizes of a μ-BERT that runs in milliseconds: 32 px, 16 patches, width 32, 2 layers."""
    return {
        "image_size": 32,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 64,
        "decoder_hidden_size": 32,
        "decoder_num_hidden_layers": 1,
        "decoder_num_attention_heads": 2,
        "decoder_intermediate_size": 64,
    }


@pytest.fixture
def mini_config(mini_sizes):
    from micron_bert import MicronBertConfig

    names = {0: "negative", 1: "positive", 2: "surprise", 3: "none"}
    return MicronBertConfig(**mini_sizes, classifier="positional", id2label=names)


@pytest.fixture(scope="session")
def face_pictures():
    """The astronaut's face at 32 px in six tints: pictures of six people, `(6, 32, 32, 3)`."""
    face = Image.fromarray(skimage.data.astronaut()[40:168, 160:288]).resize((32, 32), Image.Resampling.LANCZOS)
    tints = np.random.default_rng(0).uniform(0.6, 1.0, (6, 1, 1, 3))
    return np.rint(np.asarray(face) * tints).astype(np.uint8)


@pytest.fixture(scope="session")
def face():
    """The photograph of the astronaut, `(512, 512, 3)`, and the landmarks of her face in it."""
    from micron_bert.faces import FaceDetector, FaceMesh

    photograph = skimage.data.astronaut()
    return photograph, FaceMesh().landmarks(photograph, FaceDetector().detect(photograph)[0])


def moved(picture, label, step):
    """The picture with one third of its rows shifted; which third is the label."""
    later = picture.copy()
    rows = slice(11 * label, 11 * label + 10)
    later[rows] = np.roll(picture[rows], step, axis=1)
    return later


@pytest.fixture(scope="session")
def pairs_folder(face_pictures, tmp_path_factory):
    """A stored dataset of 24 pairs: `onset`, `apex`, `label`, `subject`, `displacement`, `action_units`."""
    rows = []
    for number in range(24):
        label, person = number % 3, number % 6
        field = np.zeros((4, 32, 32), np.float32)
        field[::2, 11 * label : 11 * label + 10] = 1
        rows.append(
            {
                "onset": Image.fromarray(face_pictures[person]),
                "apex": Image.fromarray(moved(face_pictures[person], label, 1)),
                "label": LABELS[label],
                "subject": f"s{person}",
                "displacement": field,
                "amplitude": 0.4 + number / 12,
                "action_units": [["L4", "7"], ["R12A"], ["1", "2"]][label],
            }
        )
    features = datasets.Features(
        onset=datasets.Image(),
        apex=datasets.Image(),
        label=datasets.Value("string"),
        subject=datasets.Value("string"),
        displacement=datasets.Array3D((4, 32, 32), "float32"),
        amplitude=datasets.Value("float32"),
        action_units=datasets.List(datasets.Value("string")),
    )
    folder = tmp_path_factory.mktemp("pairs")
    datasets.Dataset.from_list(rows, features=features).save_to_disk(folder)
    return folder


@pytest.fixture(scope="session")
def clips_folder(face_pictures, tmp_path_factory):
    """A stored dataset of 12 clips of 8 frames as Parquet: onset 1, apex 4, offset 6."""
    features = datasets.Features(
        frames=datasets.List(datasets.Image()),
        onset=datasets.Value("int32"),
        apex=datasets.Value("int32"),
        offset=datasets.Value("int32"),
        fps=datasets.Value("float32"),
        label=datasets.ClassLabel(names=LABELS),
        subject=datasets.Value("string"),
    )
    rows = []
    for number in range(12):
        picture, label = face_pictures[number % 6], number % 3
        frames = [Image.fromarray(moved(picture, label, step)) for step in (0, 0, 1, 2, 3, 2, 1, 0)]
        rows.append(
            {"frames": frames, "onset": 1, "apex": 4, "offset": 6, "fps": 30.0, "label": label}
            | {"subject": f"s{number % 6}"}
        )
    folder = tmp_path_factory.mktemp("clips")
    datasets.Dataset.from_list(rows, features=features).to_parquet(folder / "train.parquet")
    return folder


@pytest.fixture(scope="session")
def portraits(face_pictures):
    """Six portraits of working size 32 with the astronaut's landmarks, roughly: eyes where the crop wants them."""
    angle = np.linspace(0, 2 * np.pi, 468, endpoint=False)
    landmarks = np.stack([31.5 + 22 * np.cos(angle), 34 + 26 * np.sin(angle)], axis=1)
    landmarks[[33, 133]], landmarks[[362, 263]] = [(15, 24), (22, 24)], [(41, 24), (48, 24)]
    pictures = [np.asarray(Image.fromarray(picture).resize((64, 64))) for picture in face_pictures]
    return [Portrait(f"p{number}", picture, landmarks.astype(np.float32)) for number, picture in enumerate(pictures)]


@pytest.fixture
def shards_at(tmp_path):
    """Writes what `micron-bert shard` leaves of films of six people, one a shard; gives the address."""
    from micron_bert.data.shards.clips import ShardSettings, encode
    from micron_bert.data.shards.films import Film
    from micron_bert.data.shards.plan import make_plan, write_plan
    from micron_bert.data.shards.shard import ClipFile
    from micron_bert.data.shards.store import Store

    def write(address, clips=1):
        settings, store = ShardSettings(size=32), Store(str(address))
        plan = make_plan([Film(f"{n}.mp4", f"{n}.mp4", f"person {n}") for n in range(6)], settings, films_per_shard=1)
        write_plan(store, plan)
        path, times = tmp_path / "clips.parquet", (np.arange(10) / 25).tolist()
        for number, film in enumerate(plan.films):
            rng = np.random.default_rng(number)
            with ClipFile(path) as file:
                for _ in range(clips):
                    frames = [encode(one, settings) for one in rng.integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)]
                    row = {"film": film.name, "person": film.person, "track": 0, "frames": frames, "times": times}
                    file.write(row)
            store.put(plan.clips_path(number), str(path))
            told = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
            told |= {"films": {}, "seconds": 0.0}
            record = {"shard": number, "clips": clips * [[film.person, 10, 0.36]], **told}
            store.put_text(plan.record_path(number), json.dumps(record))
        return store.address

    return write


@pytest.fixture
def mini_recipe(tmp_path, mini_sizes):
    """Writes a recipe for a model that trains in milliseconds a step; returns its path."""

    def write(**entries):
        recipe = {
            "config": {**mini_sizes, "num_hidden_layers": 1, "classifier_hidden_size": 16},
            "output_dir": str(tmp_path / "run"),
            "per_device_train_batch_size": 4,
            "dataloader_num_workers": 0,
            "disable_tqdm": True,
            "use_cpu": True,
            "test_fraction": 0.4,
            "save_strategy": "no",
        }
        path = tmp_path / f"recipe_{len(list(tmp_path.iterdir()))}.yaml"
        path.write_text(yaml.safe_dump(recipe | entries))
        return str(path)

    return write


def _layers(prefix, width):
    shapes = {"norm1": (width,), "attn.qkv": (3 * width, width), "attn.proj": (width, width), "norm2": (width,)}
    shapes |= {"mlp.fc1": (2 * width, width), "mlp.fc2": (width, 2 * width)}
    for name, shape in shapes.items():
        yield f"{prefix}.{name}.weight", torch.randn(shape)
        yield f"{prefix}.{name}.bias", torch.randn(shape[0])


@pytest.fixture
def release():
    """The authors' file with random numbers: two layers of width 16, patch 4, 16 px, and one decoder layer."""
    from micron_bert.model.modeling_micron_bert import sine_cosine_positions

    state = {"backbone.cls_token": torch.randn(1, 1, 16), "backbone.pos_embed": sine_cosine_positions(16, 4)}
    state |= {"backbone.patch_embed.proj.weight": torch.randn(16, 3, 4, 4)}
    state |= {"backbone.patch_embed.proj.bias": torch.randn(16), "decoder_pos_embed": sine_cosine_positions(8, 4)}
    for k in range(2):
        state |= dict(_layers(f"backbone.blocks.{k}", 16))
    state |= dict(_layers("decoder_blocks.0", 8))
    for name, shape in {
        "backbone.norm": (16,),
        "att.to_q": (16, 16),
        "att.to_k": (16, 16),
        "att.to_v": (16, 16),
        "att.proj": (16, 16),
        "decoder_embed": (8, 16),
        "decoder_norm": (8,),
        "decoder_pred": (48, 8),
    }.items():
        state |= {f"{name}.weight": torch.randn(shape), f"{name}.bias": torch.randn(shape[0])}
    args = argparse.Namespace(num_heads=2, decoder_num_heads=1, diag_att=True)
    return {"model": {f"module.{key}": value for key, value in state.items()}, "args": args, "epoch": 3}


@pytest.fixture
def save(tmp_path):
    """Writes such a checkpoint; returns its path."""

    def write(content):
        torch.save(content, tmp_path / "release.pth")
        return tmp_path / "release.pth"

    return write


@pytest.fixture(autouse=True)
def no_deepspeed_is_left():
    """The library remembers DeepSpeed settings, also refused ones, for every model that is loaded later."""
    yield
    from transformers.integrations import deepspeed

    deepspeed.unset_hf_deepspeed_config()


@pytest.fixture
def decoded(monkeypatch):
    """Numbers of the frames that are decoded from films, as they come."""
    from micron_bert.video.film import VideoFile

    numbers, original = [], VideoFile._read

    def counted(video, start, end):
        for frame in original(video, start, end):
            numbers.append(frame.index)
            yield frame

    monkeypatch.setattr(VideoFile, "_read", counted)
    return numbers


@pytest.fixture
def model_wheel(tmp_path):
    """A wheel with the two networks of this machine's cache in their places."""
    from micron_bert.faces.models import DETECTOR, MESH, find_face_models

    models = find_face_models()
    path = tmp_path / "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(models.detector, DETECTOR.member)
        archive.write(models.mesh, MESH.member)
    return path


@pytest.fixture
def other_code(monkeypatch):
    """Makes cache keys see a module as if somebody had changed it."""
    from micron_bert import cache_key

    def change(module):
        original = cache_key._read

        def read(name):
            text, imported = original(name)
            return (f"{text}\nchanged = True" if name == module else text), imported

        monkeypatch.setattr(cache_key, "_read", read)
        cache_key._sources.cache_clear()

    yield change
    monkeypatch.undo()
    cache_key._sources.cache_clear()

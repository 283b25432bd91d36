"""A thousand broken films and pictures: each is answered, or refused in one sentence."""

import io

import av
import numpy as np
import pytest
from PIL import Image

FILMS = {  # name: (container, encoder, pixel format)
    "film.mp4": ("mp4", "libx264", "yuv420p"),
    "film.mov": ("mov", "mpeg4", "yuv420p"),
    "film.mkv": ("matroska", "libx264", "yuv420p"),
    "film.webm": ("webm", "libvpx", "yuv420p"),
    "film.avi": ("avi", "mpeg4", "yuv420p"),
    "film.ts": ("mpegts", "mpeg2video", "yuv420p"),
    "film.mpg": ("mpeg", "mpeg1video", "yuv420p"),
    "film.gif": ("gif", "gif", "rgb8"),
}
PICTURES = ("picture.png", "picture.jpg", "picture.tiff", "picture.webp", "picture.bmp", "picture.gif")
BATCH = 50

pytestmark = pytest.mark.fuzz


@pytest.fixture(scope="module")
def sound(face):
    """Content of sound files by name: a film of 12 frames in each container, a picture in each format."""
    rest, moved = face
    content = {}
    for name, (container, encoder, pixels) in FILMS.items():
        file = io.BytesIO()
        with av.open(file, "w", format=container) as out:
            stream = out.add_stream(encoder, rate=25)
            stream.width, stream.height, stream.pix_fmt = 240, 240, pixels
            for number in range(12):
                share = np.sin(number / 11 * np.pi)
                frame = (rest * (1 - share) + moved * share).astype(np.uint8)
                out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            out.mux(stream.encode(None))
        content[name] = file.getvalue()
    for name in PICTURES:
        file = io.BytesIO()
        Image.fromarray(moved).save(file, format=Image.registered_extensions()[f".{name.split('.')[1]}"])
        content[name] = file.getvalue()
    return content


def batches(cases):
    return [
        pytest.param(range(start, start + BATCH), id=f"{start}-{start + BATCH - 1}")
        for start in range(0, cases, BATCH)
    ]


@pytest.mark.parametrize("name", [*FILMS, *PICTURES])
def test_sound_files_are_answered(name, sound, face, commands, empty, tmp_path):
    (tmp_path / name).write_bytes(sound[name])
    Image.fromarray(face[0]).save(tmp_path / "onset.png")
    inputs = [tmp_path / name] if name in FILMS else [tmp_path / "onset.png", tmp_path / name]
    output = empty()
    answer = commands("recognize", *inputs, "--output", output)
    assert answer.status == 0, answer.stderr
    assert (output / "result.json").is_file()


@pytest.mark.parametrize("seeds", batches(700))
def test_broken_films(seeds, sound, damaged, commands, empty, tmp_path):
    faults = []
    for seed in seeds:
        name = list(FILMS)[seed % len(FILMS)]
        film, output = tmp_path / name, empty()
        film.write_bytes(damaged(sound[name], seed))
        command = "spot" if seed % 7 == 0 else "recognize"
        answer = commands(command, film, "--output", output)
        if fault := answer.fault(output):
            faults.append((seed, command, name, fault))
    assert not faults


@pytest.mark.parametrize("seeds", batches(300))
def test_broken_pictures(seeds, sound, face, damaged, commands, empty, tmp_path):
    onset = tmp_path / "onset.png"
    Image.fromarray(face[0]).save(onset)
    faults = []
    for seed in seeds:
        name = PICTURES[seed % len(PICTURES)]
        picture, output = tmp_path / name, empty()
        picture.write_bytes(damaged(sound[name], 10_000 + seed))
        answer = commands("recognize", onset, picture, "--output", output)
        if fault := answer.fault(output):
            faults.append((seed, name, fault))
    assert not faults

import subprocess
import sys
import warnings

import cv2
import numpy as np
import pytest
from PIL import Image

from micron_bert.errors import InputError
from micron_bert.video.picture import as_rgb, common_white, read_image


@pytest.fixture
def colours():
    return np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def test_png_comes_back_as_it_was(colours, tmp_path):
    Image.fromarray(colours).save(tmp_path / "a.png")
    assert np.array_equal(read_image(tmp_path / "a.png"), colours)


def test_grey_and_palette_pictures_become_rgb(colours, tmp_path):
    grey = colours[..., 0]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert np.array_equal(read_image(tmp_path / "grey.png"), np.stack([grey] * 3, axis=-1))
    few = (colours // 128 * 255).astype(np.uint8)
    Image.fromarray(few).convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "palette.png")
    assert np.array_equal(read_image(tmp_path / "palette.png"), few)


def test_sixteen_bits_are_scaled(tmp_path):
    levels = np.linspace(0, 65535, 600).astype(np.uint16).reshape(20, 30)
    for name in ("deep.png", "deep.tif"):
        Image.fromarray(levels).save(tmp_path / name)
        assert np.array_equal(read_image(tmp_path / name)[..., 1], np.rint(levels / 257.0))


def test_transparent_parts_become_white(colours, tmp_path):
    alpha = np.zeros((20, 30, 1), np.uint8)
    alpha[:, 15:] = 255
    Image.fromarray(np.concatenate([colours, alpha], axis=2)).save(tmp_path / "a.png")
    image = read_image(tmp_path / "a.png")
    assert (image[:, :15] == 255).all()
    assert np.array_equal(image[:, 15:], colours[:, 15:])


@pytest.mark.parametrize("orientation, turns", [(1, 0), (3, 2), (6, 3), (8, 1)])
def test_exif_rotation_is_applied(tmp_path, orientation, turns):
    picture = np.zeros((16, 32, 3), np.uint8)
    picture[:8, :8] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(picture).save(tmp_path / "a.jpg", exif=exif, quality=100)
    expected = np.rot90(picture, turns)
    image = read_image(tmp_path / "a.jpg")
    assert image.shape == expected.shape
    assert np.abs(image.astype(int) - expected).mean() < 5


def test_what_is_no_picture_is_named(tmp_path):
    (tmp_path / "a.png").write_text("text")
    with pytest.raises(InputError, match="a.png"):
        read_image(tmp_path / "a.png")
    with pytest.raises(InputError, match="no picture `.*b.png`"):
        read_image(tmp_path / "b.png")


def test_arrays_of_other_kinds_are_refused():
    for bad, message in (
        (np.zeros((4, 4)), "float64"),
        (np.zeros((4, 4, 2), np.uint8), r"\(4, 4, 2\)"),
        (np.zeros((0, 4, 3), np.uint8), r"\(0, 4, 3\)"),
        (np.zeros((2, 4, 4, 3), np.uint8), r"\(2, 4, 4, 3\)"),
    ):
        with pytest.raises(InputError, match=message):
            as_rgb(bad)


def test_samples_of_twelve_bits_are_read_as_such(tmp_path):
    """A camera of 12 bits stores 0 to 4095 in 16; grey and colour, and one white for the pictures of a clip."""
    levels = np.linspace(0, 4095, 600).astype(np.uint16).reshape(20, 30)
    for name in ("a.png", "a.tif"):
        Image.fromarray(levels).save(tmp_path / name)
        assert np.array_equal(read_image(tmp_path / name)[..., 0], np.rint(levels * (255 / 4095)))
    colour = np.stack([levels, levels[::-1], levels // 2], axis=-1)
    cv2.imwrite(str(tmp_path / "colour.png"), colour[..., ::-1])
    assert np.array_equal(read_image(tmp_path / "colour.png"), np.rint(colour * (255 / 4095)))
    Image.fromarray(levels // 8).save(tmp_path / "dark.png")
    paths = [tmp_path / "dark.png", tmp_path / "a.png"]
    assert common_white(paths) == 4095
    assert read_image(paths[0], common_white(paths)).max() == 32


def test_floats_and_wide_integers_are_read(tmp_path):
    shares = np.linspace(0, 1, 600, dtype=np.float32).reshape(20, 30)
    for name, samples in (
        ("f.tif", shares),
        ("f255.tif", 255 * shares),
        ("i.tif", np.rint(4095 * shares).astype("i4")),
    ):
        Image.fromarray(samples).save(tmp_path / name)
        assert np.abs(read_image(tmp_path / name)[..., 0] - 255 * shares).max() <= 0.6


def test_floats_that_are_no_numbers_are_passed_over(tmp_path):
    samples = np.linspace(0, 1, 100, dtype=np.float32).reshape(10, 10)
    samples[0, 0], samples[0, 1] = np.nan, np.inf
    Image.fromarray(samples).save(tmp_path / "a.tif")
    image = read_image(tmp_path / "a.tif")
    assert image[9, 9, 0] == 255 and image[0, 0, 0] == 0 and image[0, 1, 0] == 255
    assert abs(int(image[5, 0, 0]) - round(255 * 50 / 99)) <= 1
    Image.fromarray(np.full((10, 10), np.nan, np.float32)).save(tmp_path / "b.tif")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not read_image(tmp_path / "b.tif").any()


def test_heic_without_its_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.heic").write_bytes(b"ftypheic")
    with pytest.raises(InputError, match=r"micron-bert\[heic\]"):
        read_image(tmp_path / "a.heic")


def test_heic_of_telephones_is_read_upright(tmp_path):
    pillow_heif = pytest.importorskip("pillow_heif")
    across, down = np.meshgrid(np.linspace(0, 255, 96), np.linspace(0, 255, 64))
    picture = np.stack([across, down, 255 - across], axis=-1).astype(np.uint8)
    pillow_heif.from_pillow(Image.fromarray(picture)).save(tmp_path / "a.heic", quality=95)
    assert np.abs(read_image(tmp_path / "a.heic").astype(int) - picture).mean() < 3
    exif = Image.Exif()
    exif[274] = 6
    pillow_heif.register_heif_opener()
    Image.fromarray(picture).save(tmp_path / "turned.heif", quality=95, exif=exif.tobytes())
    turned = read_image(tmp_path / "turned.heif")
    assert turned.shape == (96, 64, 3)
    assert np.abs(turned.astype(int) - np.rot90(picture, -1)).mean() < 3
    (tmp_path / "cut.heic").write_bytes((tmp_path / "a.heic").read_bytes()[:300])
    with pytest.raises(InputError, match="cannot be read as a picture"):
        read_image(tmp_path / "cut.heic")


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "deep.png", "colour.png", "alpha.png", "float.tif", "a.webp"])
def test_pictures_beyond_what_is_kept_are_halved(name, tmp_path, monkeypatch):
    monkeypatch.setattr("micron_bert.video.halving.STRIP", 3)
    grey = np.linspace(0, 65535, 41 * 61).astype(np.uint16).reshape(41, 61)
    pictures = {
        "a": (grey // 257).astype(np.uint8),
        "deep": grey,
        "colour": np.stack([grey] * 3, axis=-1),
        "alpha": np.stack([grey // 257] * 3 + [np.full_like(grey, 255)], axis=-1).astype(np.uint8),
        "float": (grey / 65535).astype(np.float32),
    }
    picture = pictures[name.split(".")[0]]
    if name == "colour.png":
        cv2.imwrite(str(tmp_path / name), picture)
    else:
        Image.fromarray(picture).save(tmp_path / name)
    whole = read_image(tmp_path / name)
    assert whole.shape == (41, 61, 3)
    monkeypatch.setattr("micron_bert.video.picture.KEPT_PIXELS", 41 * 61 // 2)
    half = read_image(tmp_path / name)
    assert half.shape == (21, 31, 3)
    averaged = whole[:40, :60].reshape(20, 2, 30, 2, 3).mean((1, 3))
    assert np.abs(half[:20, :30] - averaged).max() <= (6 if name in ("a.jpg", "a.webp") else 2)


def test_deep_colour_beyond_what_opencv_can_hold_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((41, 61, 3), np.uint16))
    monkeypatch.setattr("micron_bert.video.picture.DEEP_PIXELS", 2500)
    with pytest.raises(InputError, match="`61x41` pixels of 16 bits in colour; at most"):
        read_image(tmp_path / "a.png")


def test_a_halved_picture_is_upright_too(tmp_path, monkeypatch):
    picture = np.zeros((40, 60, 3), np.uint8)
    picture[:, :30] = 255
    exif = Image.Exif()
    exif[274] = 6
    for name in ("a.jpg", "a.png", "a.tif", "a.webp"):
        Image.fromarray(picture).save(tmp_path / name, exif=exif)
        monkeypatch.setattr("micron_bert.video.picture.KEPT_PIXELS", 1000)
        half = read_image(tmp_path / name)
        assert half.shape == (30, 20, 3)
        assert half[:13].min() > 200 > 50 > half[17:].max()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "mode", "most"),
    # measured: 565 and 276
    [*((name, "RGB", 600) for name in ("a.tif", "a.png")), *(("a.png", mode, 300) for mode in ("L", "P", "1"))],
)
def test_memory_for_a_picture_near_the_limit_is_that_of_its_pixels(name, mode, most, tmp_path):
    """In millions of bytes: the pixels, as Pillow or OpenCV have them, their half, and what decodes them."""
    resource = pytest.importorskip("resource")
    options = {"compression": "tiff_lzw"} if name.endswith("tif") else {}
    Image.new("RGB", (12_000, 8_000), (90, 120, 150)).convert(mode).save(tmp_path / name, **options)
    read = """
import resource, sys, warnings
from pathlib import Path
from micron_bert.video import open_video
warnings.simplefilter("error")

def peak():
    # in KiB; a started program's `ru_maxrss` has that of the one that started it, so Linux is asked otherwise
    status = Path("/proc/self/status")
    if status.is_file():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (2**10 if sys.platform == "darwin" else 1)

before = peak()
image = next(iter(open_video(sys.argv[1]))).image
print(image.shape, peak() - before)
"""
    told = subprocess.run(
        [sys.executable, "-c", read, str(tmp_path / name)], capture_output=True, text=True, check=True
    ).stdout
    assert resource and told.startswith("(4000, 6000, 3)")
    assert int(told.split(")")[1]) * 1024 < most * 10**6, told

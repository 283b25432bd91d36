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


def test_heic_is_read_or_named(colours, tmp_path):
    try:
        import pillow_heif
    except ImportError:
        (tmp_path / "a.heic").write_bytes(b"ftypheic")
        with pytest.raises(InputError, match=r"micron-bert\[heic\]"):
            read_image(tmp_path / "a.heic")
        return
    pillow_heif.from_pillow(Image.fromarray(colours // 8 * 8)).save(tmp_path / "a.heic", quality=-1)
    assert np.abs(read_image(tmp_path / "a.heic").astype(int) - colours).mean() < 12

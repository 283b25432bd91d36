"""Pictures as cameras, telephones and printers leave them: what comes out is what a viewer shows. Drawn by seeds."""

import struct

import cv2
import numpy as np
import pytest
from PIL import Image

from micron_bert.model.picture_micron_bert import to_rgb
from micron_bert.video import open_video
from micron_bert.video.picture import read_image

QUICK = 12
# colours of Adobe RGB (1998) and of sRGB in XYZ, seen in the light D50
ADOBE = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
GAMMA = 563 / 256


def profile(space=b"RGB "):
    """An ICC profile of Adobe's colours, or of a grey of the same gamma."""

    def fixed(values):
        return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(65536 * value) for value in values))

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, 563) + bytes(2)
    name = b"wide\0"
    tags = {b"desc": b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(79)}
    tags |= {b"cprt": b"text" + bytes(4) + b"none\0" + bytes(3), b"wtpt": fixed((0.9642, 1.0, 0.8249))}
    if space == b"GRAY":
        tags[b"kTRC"] = curve
    else:
        for letter, column in zip(b"rgb", ADOBE.T, strict=True):
            tags[bytes([letter]) + b"XYZ"] = fixed(column)
            tags[bytes([letter]) + b"TRC"] = curve
    table, content = struct.pack(">I", len(tags)), b""
    for tag, value in tags.items():
        value += bytes(-len(value) % 4)
        table += struct.pack(">4sII", tag, 132 + 12 * len(tags) + len(content), len(value))
        content += value
    size = 128 + len(table) + len(content)
    head = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02100000, b"mntr", space, b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + table + content


def in_adobe(seen):
    """The numbers that Adobe RGB has for colours that are given in sRGB."""
    share = seen / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    if seen.ndim == 3:
        light = np.clip(light @ SRGB.T @ np.linalg.inv(ADOBE).T, 0, 1)
    return np.rint(255 * light ** (1 / GAMMA)).astype(np.uint8)


def smooth(rng, size=(36, 52)):
    """A picture without edges and of colours that are not glaring, `(H, W, 3)`, so that JPEG and profiles keep it."""
    coarse = rng.integers(80, 190, (4, 5, 1)) + rng.integers(-25, 26, (4, 5, 3))
    return cv2.resize(coarse.astype(np.uint8), size[::-1], interpolation=cv2.INTER_CUBIC)


def back(picture, orientation):
    """The picture as a camera stores it that was held so."""
    for number, undo in {
        2: lambda p: p[:, ::-1], 3: lambda p: p[::-1, ::-1], 4: lambda p: p[::-1],
        5: lambda p: p.swapaxes(0, 1), 6: lambda p: np.rot90(p), 7: lambda p: p[::-1, ::-1].swapaxes(0, 1),
        8: lambda p: np.rot90(p, -1),
    }.items():  # fmt: skip
        if orientation == number:
            picture = undo(picture)
    return np.ascontiguousarray(picture)


def grey_of(picture):
    return np.ascontiguousarray(picture[..., 1])


def cmyk_of(picture):
    """Inks of a picture, `(H, W, 4)`: as much black as the brightest of the three allows."""
    most = picture.max(2, keepdims=True).astype(float)
    inks = 255 * (1 - picture / np.maximum(most, 1))
    return np.rint(np.concatenate([inks, 255 - most], 2)).astype(np.uint8)


# name: suffix, whether it is grey, profiles that it may have, what is stored, tolerance in grey levels
KINDS = {
    "jpeg": (".jpg", False, b"RGB ", lambda p, _: Image.fromarray(p), 4),
    "grey jpeg": (".jpg", True, b"GRAY", lambda p, _: Image.fromarray(p), 4),
    "cmyk jpeg": (".jpg", False, None, lambda p, _: Image.fromarray(cmyk_of(p), "CMYK"), 8),
    "cmyk tiff": (".tif", False, None, lambda p, _: Image.fromarray(cmyk_of(p), "CMYK"), 2),
    "tiff": (".tif", False, b"RGB ", lambda p, _: Image.fromarray(p), 2),
    "png": (".png", False, b"RGB ", lambda p, _: Image.fromarray(p), 2),
    "grey png": (".png", True, b"GRAY", lambda p, _: Image.fromarray(p), 2),
    "transparent png": (".png", False, b"RGB ", lambda p, _: Image.fromarray(p).convert("RGBA"), 2),
    "webp": (".webp", False, b"RGB ", lambda p, _: Image.fromarray(p), 2),
    "deep grey png": (".png", True, None, lambda p, deep: Image.fromarray(deep(p)), 1),
    "deep grey tiff": (".tif", True, None, lambda p, deep: Image.fromarray(deep(p)), 1),
    "float tiff": (".tif", True, None, lambda p, _: Image.fromarray(p.astype(np.float32) / 255), 1),
}


def deep_of(bits):
    """Samples of a camera of so many bits, one of which is white."""

    def deep(picture):
        samples = np.rint(picture / 255 * (2**bits - 1)).astype(np.uint16)
        samples[0, 0] = 2**bits - 1
        return samples

    return deep


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed < QUICK else pytest.mark.slow) for seed in range(96)]
)
def test_a_picture_is_what_a_viewer_shows(seed, tmp_path):
    rng = np.random.default_rng(seed)
    name = list(KINDS)[seed % len(KINDS)]
    suffix, grey, space, stored, tolerance = KINDS[name]
    seen = smooth(rng)
    seen = grey_of(seen) if grey else seen
    kept, options = seen, {}
    if space and rng.random() < 0.7:
        kept, options["icc_profile"], tolerance = in_adobe(seen), profile(space), tolerance + 2
    orientation = int(rng.integers(1, 9))
    exif = Image.Exif()
    exif[274] = orientation
    options["exif"] = exif
    if suffix == ".tif":
        options["compression"] = str(rng.choice(["raw", "tiff_lzw", "tiff_adobe_deflate"]))
    if suffix == ".jpg":
        options |= {"quality": 97, "subsampling": 0, "progressive": bool(rng.random() < 0.5)}
    if suffix == ".webp":
        options["lossless"] = True
    path = tmp_path / f"a{suffix}"
    stored(back(kept, orientation), deep_of(int(rng.choice([10, 12, 14, 16])))).save(path, **options)
    image = read_image(path)
    expected = np.stack([seen] * 3, axis=-1) if grey else seen
    assert image.shape == expected.shape
    wrong = np.abs(image.astype(int) - expected)
    wrong[[0, 0, -1, -1], [0, -1, 0, -1]] = 0  # the corner that is white
    assert wrong.max() <= tolerance and wrong.mean() <= max(1.2, tolerance / 3)
    (frame,) = open_video(path)
    assert np.array_equal(frame.image, image)
    if "deep" not in name and "float" not in name:
        assert np.abs(to_rgb(path).astype(int) - image).max() <= 1  # as without the package


def test_a_damaged_profile_is_passed_over(tmp_path):
    picture = smooth(np.random.default_rng(0))
    for content in (b"no profile", profile()[:200], profile(b"GRAY")):
        Image.fromarray(picture).save(tmp_path / "a.png", icc_profile=content)
        assert np.array_equal(read_image(tmp_path / "a.png"), picture)


@pytest.mark.parametrize("seed", range(16))
def test_pages_of_a_tiff(seed, tmp_path):
    """Pages of different depth, colour and size: those that follow each other are frames, previews are none."""
    rng = np.random.default_rng(seed)
    seen, pages, deep = [], [], deep_of(int(rng.choice([12, 16])))
    for number in range(int(rng.integers(2, 6))):
        picture = smooth(rng, (36, 52) if number < 2 or rng.random() < 0.7 else (24, 30))
        kind = rng.choice(["RGB", "L", "P", "CMYK", "deep"])
        if kind in ("L", "deep"):
            picture = np.stack([grey_of(picture)] * 3, axis=-1)
        page = Image.fromarray(grey_of(picture) if kind in ("L", "deep") else picture)
        if kind == "P":
            page = page.quantize(64)
            picture = np.asarray(page.convert("RGB"))
        elif kind == "CMYK":
            page = Image.fromarray(cmyk_of(picture), "CMYK")
        elif kind == "deep":
            page = Image.fromarray(deep(grey_of(picture)))
        pages.append(page)
        seen.append(picture)
    preview = rng.random() < 0.5
    if preview:
        pages.insert(
            1, pages[0].resize((26, 18)) if pages[0].mode != "P" else pages[0].convert("RGB").resize((26, 18))
        )
        pages[1].encoderinfo = {"tiffinfo": {254: 1}}
    path = tmp_path / "a.tif"
    pages[0].save(path, save_all=True, append_images=pages[1:], compression=str(rng.choice(["raw", "tiff_lzw"])))
    frames = [frame.image for frame in open_video(path)]
    assert [frame.shape for frame in frames] == [picture.shape for picture in seen]
    for frame, picture in zip(frames, seen, strict=True):
        wrong = np.abs(frame.astype(int) - picture)
        wrong[0, 0] = 0
        assert wrong.max() <= 2


def test_a_photograph_with_smaller_copies_is_one_picture(tmp_path):
    picture = Image.fromarray(smooth(np.random.default_rng(0)))
    copies = [picture.resize((26, 18)), picture.resize((13, 9))]
    picture.save(tmp_path / "a.tif", save_all=True, append_images=copies)
    (frame,) = open_video(tmp_path / "a.tif")
    assert np.array_equal(frame.image, np.asarray(picture))

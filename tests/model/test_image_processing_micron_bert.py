import numpy as np
import pytest
import torch
from PIL import Image

from micron_bert import MicronBertImageProcessor
from micron_bert.model.image_processing_micron_bert import to_rgb


@pytest.fixture
def processor():
    return MicronBertImageProcessor(size={"height": 32, "width": 32})


@pytest.fixture
def frames():
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (32, 32, 3), dtype=np.uint8) for _ in range(3)]


def test_values_are_normalised_per_channel(processor, frames):
    pixels = processor(frames, return_tensors="pt").pixel_values
    assert pixels.shape == (1, 3, 3, 32, 32) and pixels.dtype == torch.float32
    expected = (frames[1] / 255.0 - processor.image_mean) / processor.image_std
    np.testing.assert_allclose(pixels[0, 1].permute(1, 2, 0), expected, atol=1e-5)


def test_every_way_to_give_a_clip_is_the_same(processor, frames, tmp_path):
    expected = processor(frames, return_tensors="np").pixel_values
    paths = []
    for i, frame in enumerate(frames):
        paths.append(tmp_path / f"{i}.png")
        Image.fromarray(frame).save(paths[-1])
    as_tensor = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2)
    for clip in (
        [Image.fromarray(frame) for frame in frames],
        np.stack(frames),
        as_tensor,
        as_tensor / 255.0,
        paths,
        [str(path) for path in paths],
        tuple(frames),
    ):
        np.testing.assert_allclose(processor(clip, return_tensors="np").pixel_values, expected, atol=1e-6)
    assert processor([frames, frames]).pixel_values.shape == (2, 3, 3, 32, 32)
    assert processor(np.stack([frames, frames])).pixel_values.shape == (2, 3, 3, 32, 32)
    assert processor(frames[0]).pixel_values.shape == (1, 1, 3, 32, 32)


def test_resizing_is_the_same_for_all_frames(processor):
    photograph = np.random.default_rng(0).integers(0, 256, (60, 40, 3), dtype=np.uint8)
    pixels = processor([photograph, photograph], return_tensors="pt").pixel_values
    assert pixels.shape == (1, 2, 3, 32, 32)
    assert torch.equal(pixels[0, 0], pixels[0, 1])


def test_sixteen_bit_grey_palette_and_transparent_pictures(tmp_path):
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    Image.fromarray(ramp.astype(np.uint16) * 257).save(tmp_path / "16.png")
    Image.fromarray(ramp).save(tmp_path / "grey.png")
    Image.fromarray(ramp).convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "palette.png")
    opaque = np.dstack([ramp, ramp, ramp, np.full_like(ramp, 255)])
    Image.fromarray(opaque).save(tmp_path / "rgba.png")
    for name in ("16", "grey", "palette", "rgba"):
        np.testing.assert_array_equal(to_rgb(tmp_path / f"{name}.png"), np.dstack([ramp] * 3), err_msg=name)
    np.testing.assert_array_equal(to_rgb(np.dstack([ramp] * 3 + [np.zeros_like(ramp)])), np.full((16, 16, 3), 255))


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([np.zeros((8, 8, 3), np.uint8), np.zeros((9, 8, 3), np.uint8)], "same size, got 8x8, 9x8"),
        ([[np.zeros((8, 8, 3), np.uint8)] * 2, [np.zeros((8, 8, 3), np.uint8)]], r"number of frames, got \[1, 2\]"),
        ([np.zeros((8, 8, 5), np.uint8)], r"got \(8, 8, 5\)"),
        ([np.full((8, 8, 3), 3.0)], r"must lie in \[0, 1\], got 3.0 to 3.0"),
        ([np.full((8, 8, 3), -3)], "must lie in 0..255"),
        (["/no/such/frame.png"], "no picture at `/no/such/frame.png`"),
        ([], "not empty"),
        ([[]], "without frames"),
        ([np.zeros((8, 8, 3), np.uint8), [np.zeros((8, 8, 3), np.uint8)]], "mixes frames and clips"),
    ],
)
def test_what_cannot_be_used_is_named(processor, images, message):
    with pytest.raises(ValueError, match=message):
        processor(images)


def test_truncated_picture_is_named(processor, tmp_path):
    whole = tmp_path / "whole.jpg"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)).save(whole)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole.read_bytes()[:500])
    with pytest.raises(ValueError, match="cut.jpg` cannot be read as a picture"):
        processor([cut])


def test_round_trip_through_a_folder(processor, frames, tmp_path):
    processor.save_pretrained(tmp_path)
    loaded = MicronBertImageProcessor.from_pretrained(tmp_path)
    np.testing.assert_array_equal(loaded(frames).pixel_values, processor(frames).pixel_values)

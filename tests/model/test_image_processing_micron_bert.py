import numpy as np
import pytest
import torch
from PIL import Image

from micron_bert import MicronBertImageProcessor
from micron_bert.model.picture_micron_bert import to_rgb


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


def test_floats_keep_their_precision(processor):
    """Two frames differ by less than an eighth bit tells: nothing on the way may round it off."""
    clip = np.random.default_rng(0).uniform(0.2, 0.8, (2, 40, 40, 3)).astype(np.float32)
    clip[1] = clip[0] + 1e-4
    for do_resize, scale in ((True, 1), (True, 255), (False, 1), (False, 255)):
        pixels = processor(clip * np.float32(scale), do_resize=do_resize, do_normalize=False).pixel_values[0]
        np.testing.assert_allclose(pixels[1] - pixels[0], 1e-4, atol=2e-6)
        assert pixels.min() > 0.1 and pixels.max() < 0.9
    sixteen = np.full((2, 32, 32), 30000, np.uint16)
    sixteen[1] += 1
    grey = processor(list(sixteen), do_normalize=False).pixel_values[0]
    np.testing.assert_allclose(grey[1] - grey[0], 1 / 65535, atol=1e-7)


def test_values_stay_without_rescaling(processor):
    for clip in (np.full((2, 32, 32, 3), 0.5), np.full((2, 32, 32, 3), 100.5), np.full((2, 32, 32, 3), 7, np.uint8)):
        pixels = processor(clip, do_rescale=False, do_normalize=False).pixel_values
        np.testing.assert_array_equal(pixels[0], np.float32(clip.transpose(0, 3, 1, 2)))


def test_a_dark_frame_does_not_change_the_range_of_its_clip(processor):
    clip = np.full((2, 32, 32, 3), 200.0)
    clip[1] = 0.9
    pixels = processor(clip, do_normalize=False).pixel_values[0]
    np.testing.assert_allclose([pixels[0].mean(), pixels[1].mean()], [200 / 255, 0.9 / 255], rtol=1e-5)


@pytest.mark.parametrize(
    ("size", "shape"),
    [
        ({"height": 16, "width": 24}, (16, 24)),
        ({"shortest_edge": 16}, (16, 24)),
        ({"shortest_edge": 16, "longest_edge": 20}, (13, 20)),
        ({"max_height": 20, "max_width": 30}, (20, 30)),
        (16, (16, 16)),
    ],
)
def test_every_form_of_size(processor, size, shape):
    assert processor(np.zeros((2, 40, 60, 3), np.uint8), size=size).pixel_values.shape[-2:] == shape


def test_crop_pad_and_layouts(processor, frames):
    clip = np.stack(frames)
    plain = processor(clip, do_normalize=False).pixel_values
    middle = processor(clip, do_center_crop=True, crop_size=16, do_normalize=False).pixel_values
    np.testing.assert_array_equal(middle, plain[..., 8:24, 8:24])
    padded = processor(clip, do_pad=True, pad_size={"height": 40, "width": 48}, do_normalize=False).pixel_values
    np.testing.assert_array_equal(padded[..., :32, :32], plain)
    assert padded.shape[-2:] == (40, 48) and not padded[..., 32:, :].any() and not padded[..., 32:].any()
    batch = processor([clip, clip[:, :20]], do_resize=False, do_pad=True).pixel_values
    assert batch.shape == (2, 3, 3, 32, 32)
    last = processor(clip, data_format="channels_last", do_normalize=False).pixel_values
    np.testing.assert_array_equal(last, plain.transpose(0, 1, 3, 4, 2))
    ambiguous = np.zeros((2, 3, 16, 4), np.uint8)  # three channels first, or four of them last
    first = processor(ambiguous, input_data_format="channels_first", do_resize=False)
    assert first.pixel_values.shape == (1, 2, 3, 16, 4)
    assert processor(ambiguous, do_resize=False).pixel_values.shape == (1, 2, 3, 3, 16)


def test_channels_stay_without_conversion(processor):
    grey = processor(np.zeros((2, 32, 32, 1), np.uint8), do_convert_rgb=False, image_mean=0.5, image_std=0.5)
    assert grey.pixel_values.shape == (1, 2, 1, 32, 32)
    with pytest.raises(ValueError, match="`image_mean` must be one number or 1, one per channel, got 3"):
        processor(np.zeros((2, 32, 32, 1), np.uint8), do_convert_rgb=False)


def test_tensors_go_to_the_device(processor, frames):
    assert processor(frames, return_tensors="pt", device="meta").pixel_values.device.type == "meta"
    with pytest.raises(ValueError, match="`device` needs `return_tensors='pt'`"):
        processor(frames, device="cpu")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": {"longest_edge": 32}}, "`size` must have the keys"),
        ({"data_format": "sideways"}, "`data_format` must be one of"),
        ({"input_data_format": "channels_first"}, "shape `channels_first`"),
        ({"image_mean": [0.5, 0.5]}, "`image_mean` must be one number or 3"),
        ({"image_seq_length": 8}, "read text"),
        ({"do_center_crop": True}, "crop_size"),
        ({"do_pad": True, "pad_size": 16}, "larger"),
        ({"return_tensors": "sand"}, "sand"),
        ({"resample": 99}, "99"),
    ],
)
def test_arguments_that_do_not_apply_are_refused(processor, arguments, message):
    with pytest.raises(ValueError, match=message):
        processor(np.zeros((2, 40, 40, 3), np.uint8), **arguments)


def test_an_unknown_argument_is_refused(processor, frames):
    with pytest.raises((TypeError, ValueError), match="do_blur"):
        processor(frames, do_blur=True)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([np.zeros((8, 8, 3), np.uint8), np.zeros((9, 8, 3), np.uint8)], "same size, got 8x8, 9x8"),
        ([[np.zeros((8, 8, 3), np.uint8)] * 2, [np.zeros((8, 8, 3), np.uint8)]], r"number of frames, got \[1, 2\]"),
        ([np.zeros((8, 8, 5), np.uint8)], r"got \(8, 8, 5\)"),
        ([np.full((8, 8, 3), 300.0)], r"must lie in \[0, 1\] or \[0, 255\], got 300.0 to 300.0"),
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

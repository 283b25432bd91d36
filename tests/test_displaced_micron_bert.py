import math

import pytest
import torch
from huggingface_hub.errors import StrictDataclassError

from micron_bert import MicronBertConfig, MicronBertForVideoClassification, MicronBertModel
from micron_bert.displaced_micron_bert import shift_kernels


@pytest.fixture
def displaced(mini_sizes):
    return MicronBertConfig(
        **mini_sizes, micro_attention="displaced", micro_attention_heads=4, displaced_window=12, displaced_size=32,
        displaced_step=0.2, classifier="positional", num_labels=3,
    )  # fmt: skip


def waves(shift, rows=slice(None), seed=0, count=1, size=32):
    """Frames `(count, 3, size, size)` of smooth texture, and the same with some rows moved by `(dx, dy)` pixels."""
    generator = torch.Generator().manual_seed(seed)
    frequency = 1.2 * (torch.rand(count, 12, 2, generator=generator) - 0.5)
    phase = 2 * math.pi * torch.rand(count, 12, generator=generator)
    y, x = torch.meshgrid(torch.arange(size) * 1.0, torch.arange(size) * 1.0, indexing="ij")

    def picture(dx, dy):
        angle = frequency[..., 0, None, None] * (x - dx) + frequency[..., 1, None, None] * (y - dy)
        return torch.sin(angle + phase[..., None, None]).mean(1)[:, None].expand(-1, 3, -1, -1)

    still, moved = picture(0.0, 0.0), picture(0.0, 0.0).clone()
    moved[:, :, rows] = picture(*shift)[:, :, rows]
    return torch.stack([still, moved], dim=1)  # (count, 2, 3, size, size)


@pytest.mark.parametrize(
    ("kernel", "shift"), [(0, (0, 0)), (1, (-0.2, 0)), (2, (0.2, 0)), (3, (0, -0.2)), (4, (0, 0.2))]
)
def test_kernels_move_content_by_a_fraction_of_a_pixel(kernel, shift):
    still, moved = waves(shift)[0, :, :1]
    by_kernel = torch.nn.functional.conv2d(still[None], shift_kernels(0.2)[kernel : kernel + 1])
    torch.testing.assert_close(by_kernel[0], moved[:, 2:-2, 2:-2], atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("place", "shift"), [(0, (0, 0)), (1, (-0.2, 0)), (2, (0.2, 0)), (3, (0, -0.2)), (4, (0, 0.2))]
)
def test_attention_points_where_the_patch_has_gone(place, shift, displaced):
    torch.manual_seed(0)
    model = MicronBertModel(displaced).eval()
    model.micro_attention.log_sharpness.data.fill_(9.0)
    seen = {}
    model.micro_attention.code.register_forward_pre_hook(lambda module, inputs: seen.update(features=inputs[0]))
    model(waves(shift))
    attention = seen["features"].unflatten(-1, (7, 4))[0, 0, :, :5]  # (patches, displacements, heads)
    middle = [5, 6, 9, 10]  # the border of the picture has no content beyond it
    assert (attention[middle].argmax(dim=1) == place).all()


def test_scores_are_negative_squared_distances(displaced):
    torch.manual_seed(0)
    model = MicronBertModel(displaced).eval()
    frames = waves((0.3, -0.1))
    output, keys = model(frames), model.encode_frames(frames).displaced_keys.unflatten(-1, (4, 8))
    distance = (keys[:, 1, :1] - keys[:, 0]).square().sum(-1)  # (1, 5, patches, heads)
    module = model.micro_attention
    tokens = output.last_hidden_state[:, 0, 1:]
    sharpness = (module.log_sharpness + module.sharpness(tokens)).exp()
    scores = -sharpness[:, None] * distance
    scores[:, 0] += module.staying(tokens)
    attention = scores.softmax(dim=1)
    torch.testing.assert_close(output.micro_attention[:, 0], attention[:, 0].transpose(1, 2), atol=1e-4, rtol=1e-4)
    expected = (1 - output.micro_attention.mean(2)) * output.interest / output.interest.amax(-1, keepdim=True)
    torch.testing.assert_close(output.micro_map.flatten(2), expected)


def test_encoded_frames_carry_their_keys(displaced):
    model = MicronBertForVideoClassification(displaced).eval()
    clip = torch.cat([waves((0.2, 0)), waves((0, 0.4))], dim=1)
    parts = [model.micron_bert.encode_frames(clip[:, :1]), model.micron_bert.encode_frames(clip[:, 1:])]
    encoded = type(parts[0]).concatenate(parts)
    torch.testing.assert_close(model(encoded_frames=encoded.select([2, 1])).logits, model(clip[:, [2, 1]]).logits)


def test_brightness_of_a_whole_window_is_what_the_projection_makes_of_it(displaced):
    """The keys are linear: a change common to all displacements cancels in the comparison of displacements."""
    keys = MicronBertModel(displaced).displaced_keys
    still, moved = waves((0.2, 0))[0]
    torch.testing.assert_close(
        keys(moved[None]) - keys(still[None]), keys((moved - still)[None]), atol=1e-5, rtol=1e-4
    )


def test_diagonal_learns_to_see_a_fifth_of_a_pixel(displaced):
    """Texture of which the upper or the lower half moves: afterwards the diagonal is lower where it moved."""
    torch.manual_seed(0)
    model = MicronBertForVideoClassification(displaced)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    halves = (slice(0, 16), slice(16, 32))

    def batch(seed):
        clips = torch.cat([waves((0.2, 0.1), rows, seed + k, 8) for k, rows in enumerate(halves)])
        truth = torch.zeros(16, 1, 4, 4, 4)
        truth[:8, :, 0, :2], truth[8:, :, 0, 2:] = 0.2, 0.2
        return clips, truth, torch.tensor([0] * 8 + [1] * 8)

    for step in range(40):
        clips, truth, labels = batch(10 * step)
        output = model(clips, labels=labels, displacement=truth)
        optimizer.zero_grad()
        output.loss.backward()
        optimizer.step()
    clips, truth, labels = batch(999)
    output = model.eval()(clips, labels=labels, displacement=truth)
    stayed = output.micro_attention.mean(2)[:, 0]  # (16, 16)
    moved = truth[:, 0, 0].flatten(1) > 0
    assert stayed[moved].mean() < stayed[~moved].mean() - 0.2
    assert (output.logits.argmax(-1) == labels).float().mean() > 0.9
    assert ((output.micro_map[:, 0].flatten(1) > 0.5) == moved).float().mean() > 0.8


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("displaced_window", 13, "`displaced_window` must exceed `patch_size` by an even number"),
        ("displaced_step", 1.5, "`displaced_step` must lie between 0 and 1"),
        ("displaced_size", 30, "`displaced_size` must be divisible by `micro_attention_heads`"),
    ],
)
def test_sizes_that_do_not_fit_are_named(field, value, message, displaced):
    with pytest.raises(StrictDataclassError, match=message):
        MicronBertConfig(**{**displaced.to_dict(), field: value})

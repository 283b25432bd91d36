import math

import pytest
import torch
from huggingface_hub.errors import StrictDataclassError

from micron_bert import MicronBertConfig, MicronBertForVideoClassification, MicronBertModel
from micron_bert.model.displaced_attention_micron_bert import FEATURES, NEIGHBOURHOODS, derivative_kernels


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


@pytest.mark.parametrize(("kernel", "shift"), [(0, (0.1, 0)), (1, (0, 0.1))])
def test_kernels_say_what_a_displacement_changes(kernel, shift):
    still, moved = waves(shift)[0, :, :1]
    change = torch.nn.functional.conv2d(still[None], derivative_kernels(0.1)[kernel : kernel + 1])
    torch.testing.assert_close(change[0], (moved - still)[:, 2:-2, 2:-2], atol=2e-3, rtol=0)


def told(model, frames):
    """What attention tells of each patch, `(patches, FEATURES, heads)`."""
    seen = {}
    hook = model.micro_attention.code.register_forward_pre_hook(lambda module, inputs: seen.update(told=inputs[0]))
    with torch.no_grad():
        model(frames)
    hook.remove()
    return seen["told"][0, 0].unflatten(-1, (FEATURES, -1))


@pytest.mark.parametrize("shift", [(0, 0), (-0.15, 0), (0.15, 0), (0, -0.15), (0, 0.15), (0.1, 0.1)])
def test_attention_tells_where_a_patch_has_gone(shift, displaced):
    torch.manual_seed(0)
    model = MicronBertModel(displaced).eval()
    model.micro_attention.log_sharpness.data.fill_(9.0)
    model.micro_attention.log_prior.data.fill_(-6.0)
    middle = [5, 6, 9, 10]  # the border of the picture has no content beyond it
    features = told(model, waves(shift))[middle]
    for number, _ in enumerate(NEIGHBOURHOODS):
        start = 3 * number + (4 if number else 0)
        pixels = 0.2 * features[:, start : start + 2].mean(dim=(0, 2))
        torch.testing.assert_close(pixels, torch.tensor(shift, dtype=torch.float), atol=0.03, rtol=0)


def test_second_level_tells_movements_twice_as_large(displaced):
    """The first level, which looks at the texture itself, is lost where the second is not."""
    torch.manual_seed(0)
    config = MicronBertConfig(**{**displaced.to_dict(), "displaced_levels": 2})
    model = MicronBertModel(config).eval()
    model.micro_attention.log_sharpness.data.fill_(9.0)
    model.micro_attention.log_prior.data.fill_(-6.0)
    pixels = 0.2 * told(model, waves((1.5, 0)))[[5, 6, 9, 10], 0].mean(dim=0)  # (heads,)
    first, second = pixels[:2].mean(), 2 * pixels[2:].mean()
    assert abs(second - 1.5) < 0.4
    assert abs(second - 1.5) < abs(first - 1.5)


def test_diagonal_is_the_share_of_not_moving_among_all_displacements(displaced):
    """The closed form against a sum over a fine grid of displacements, for the patch alone."""
    torch.manual_seed(0)
    model = MicronBertModel(displaced).eval()
    module = model.micro_attention
    module.log_prior.data.uniform_(-0.5, 0.5)
    frames = waves((0.3, -0.1))
    with torch.no_grad():
        features = told(model, frames)
        encoded = model.encode_frames(frames)
        keys, tokens = encoded.displaced_keys.unflatten(-1, (4, 8)), encoded.last_hidden_state[0, 0, 1:]
        sharpness = (module.log_sharpness + module.sharpness(tokens)).exp()  # (N, heads)
        staying, prior = module.staying(tokens), module.log_prior.exp()
        line = torch.linspace(-8, 8, 321)
        y, x = (axis.flatten()[:, None, None, None] for axis in torch.meshgrid(line, line, indexing="ij"))
        change, slope = keys[0, 1, 0] - keys[0, 0, 0], (keys[0, 0, 1:] + keys[0, 1, 1:]) / 2
        left = (change - x * slope[0] - y * slope[1]).square().sum(-1)  # (displacements, N, heads)
        weight = (-sharpness * left / 2 - prior * (x**2 + y**2)[..., 0] / 2).logsumexp(dim=0)
        weight = weight + 2 * torch.log(line[1] - line[0]) + torch.log(prior / (2 * math.pi))
        stays = staying - sharpness * change.square().sum(-1) / 2
    torch.testing.assert_close(features[:, 2], torch.sigmoid(stays - weight), atol=1e-3, rtol=1e-2)


def test_map_is_one_minus_the_diagonal_weighted_by_interest(displaced):
    output = MicronBertModel(displaced).eval()(waves((0.3, -0.1)))
    expected = (1 - output.micro_attention.mean(2)) * output.interest / output.interest.amax(-1, keepdim=True)
    torch.testing.assert_close(output.micro_map.flatten(2), expected)
    assert (output.micro_attention > 0).all() and (output.micro_attention < 1).all()


def test_encoded_frames_carry_their_keys(displaced):
    model = MicronBertForVideoClassification(displaced).eval()
    clip = torch.cat([waves((0.2, 0)), waves((0, 0.4))], dim=1)
    parts = [model.micron_bert.encode_frames(clip[:, :1]), model.micron_bert.encode_frames(clip[:, 1:])]
    encoded = type(parts[0]).concatenate(parts)
    torch.testing.assert_close(model(encoded_frames=encoded.select([2, 1])).logits, model(clip[:, [2, 1]]).logits)


def test_keys_are_linear(displaced):
    """The difference of two keys is the key of the difference."""
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
        ("displaced_levels", 4, "on each level"),
        ("displaced_levels", 3, "`displaced_levels` must divide `micro_attention_heads`"),
        ("displaced_levels", 0, "`displaced_levels` must be above 0"),
    ],
)
def test_sizes_that_do_not_fit_are_named(field, value, message, displaced):
    with pytest.raises(StrictDataclassError, match=message):
        MicronBertConfig(**{**displaced.to_dict(), field: value})


def test_the_kernels_definition_is_the_models():
    """On a GPU the model calls the kernel; its definition in plain PyTorch has to give what the model gives here."""
    from micron_bert.model.displaced_attention_micron_bert import MicronBertDisplacedAttention
    from micron_bert.ops import displaced_micro_attention

    config = MicronBertConfig.preset("tiny")
    torch.manual_seed(0)
    attention = MicronBertDisplacedAttention(config)
    grid, width = (config.grid_size, config.grid_size), config.displaced_size
    onset = torch.randn(2, config.grid_size**2, config.hidden_size)
    keys = torch.randn(2, 3, config.grid_size**2, width)
    queries = keys[:, None] + 0.3 * torch.randn(2, 2, 3, config.grid_size**2, width)
    with torch.no_grad():
        sharpness = (attention.log_sharpness + attention.sharpness(onset)).clamp(-6, 9).exp()
        staying = attention.staying(onset)
        prior, support = attention.log_prior.clamp(-6, 6).exp(), attention.log_support.exp()
        features, diagonal = displaced_micro_attention(keys, queries, sharpness, staying, prior, support, grid)
        context, expected = attention(onset, keys, queries, None, grid)
        coded = attention.code(features) * (1 + torch.tanh(attention.value(onset)))[:, None]
    torch.testing.assert_close(diagonal.transpose(2, 3), expected)
    torch.testing.assert_close(coded, context)

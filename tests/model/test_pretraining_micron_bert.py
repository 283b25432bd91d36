import pytest
import torch

from micron_bert import MicronBertConfig, MicronBertForPreTraining
from micron_bert.model.pretraining_micron_bert import (
    crop_frames,
    draw_crop_boxes,
    draw_swap_mask,
    patchify,
    spread_loss,
    swap_patches,
)


@pytest.fixture
def pairs():
    return torch.randn(3, 2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def test_patchify_orders_row_column_channel():
    frames = torch.arange(2 * 3 * 4 * 6).view(2, 3, 4, 6)
    patches = patchify(frames, 2)
    assert patches.shape == (2, 6, 12)
    # patch 4 is row 1, column 1 of the grid; inside it pixel (1, 0), channel 2
    assert patches[1, 4, (1 * 2 + 0) * 3 + 2] == frames[1, 2, 2 + 1, 2 + 0]


def test_swapped_patches_come_from_the_later_frame_and_only_those():
    onset, later = torch.zeros(2, 3, 16, 16), torch.ones(2, 3, 16, 16)
    mask = torch.tensor([[1, 0, 0, 0], [0, 0, 1, 1]], dtype=torch.bool)
    swapped = swap_patches(onset, later, mask, 8)
    torch.testing.assert_close(patchify(swapped, 8).mean(-1), mask.float())


def test_swap_mask_takes_exactly_the_share_asked_for():
    mask = draw_swap_mask(5, 16, 0.25, torch.Generator().manual_seed(0))
    assert mask.sum(1).tolist() == 5 * [4]
    assert torch.equal(mask, draw_swap_mask(5, 16, 0.25, torch.Generator().manual_seed(0)))


def test_crop_of_everything_at_the_same_size_is_the_frame():
    frames = torch.rand(2, 3, 16, 16)
    torch.testing.assert_close(crop_frames(frames, torch.tensor([[0.0, 0, 1, 1]] * 2), 16), frames)


def test_crop_cuts_where_the_box_says():
    frames = torch.rand(1, 3, 16, 16)
    torch.testing.assert_close(crop_frames(frames, torch.tensor([[0.5, 0.25, 1.0, 0.75]]), 8), frames[..., 4:12, 8:])


def test_crop_boxes_stay_inside_and_keep_to_the_scale():
    boxes = draw_crop_boxes(1000, (0.4, 0.9), torch.Generator().manual_seed(0))
    sides = boxes[:, 2:] - boxes[:, :2]
    assert boxes.min() >= 0 and boxes.max() <= 1
    assert 0.4 <= sides.min() and sides.max() <= 0.9 + 1e-6


def test_loss_is_the_weighted_sum_of_its_parts(mini_sizes, pairs):
    config = MicronBertConfig(
        **mini_sizes, reconstruction_weight=2.0, agreement_weight=3.0, agreement_variance_weight=0.5
    )
    output = MicronBertForPreTraining(config)(pairs, generator=torch.Generator().manual_seed(0))
    expected = 2 * output.reconstruction_loss + 3 * output.agreement_loss + 0.5 * output.spread_loss
    torch.testing.assert_close(output.loss, expected)
    assert min(output.reconstruction_loss, output.agreement_loss, output.spread_loss) > 0


def test_same_mask_and_crop_give_the_same_loss(mini_config, pairs):
    model = MicronBertForPreTraining(mini_config).eval()
    first = model(pairs, generator=torch.Generator().manual_seed(5))
    again = model(pairs, swap_mask=first.swap_mask, crop_boxes=first.crop_boxes)
    assert torch.equal(first.loss, again.loss)
    other = model(pairs, generator=torch.Generator().manual_seed(6))
    assert not torch.equal(first.loss, other.loss)


def test_target_is_the_onset_not_the_mixture(mini_config, pairs):
    model = MicronBertForPreTraining(mini_config).eval()
    mask = torch.ones(3, 16, dtype=torch.bool)  # the model sees the later frame twice
    output = model(pairs, swap_mask=mask)
    expected = torch.nn.functional.mse_loss(output.reconstruction, patchify(pairs[:, 0], 8))
    torch.testing.assert_close(output.reconstruction_loss, expected)


def test_normalised_targets_have_unit_scale(mini_sizes, pairs):
    plain = MicronBertForPreTraining(MicronBertConfig(**mini_sizes, normalize_targets=True)).eval()
    bright = plain(pairs * 100 + 50, swap_mask=torch.zeros(3, 16, dtype=torch.bool))
    assert bright.reconstruction_loss < 10


def test_a_few_steps_lower_the_reconstruction_loss(mini_config, pairs):
    torch.manual_seed(0)
    model = MicronBertForPreTraining(mini_config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for step in range(30):
        output = model(pairs, generator=torch.Generator().manual_seed(step))
        output.loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(output.reconstruction_loss.item())
    assert losses[-1] < 0.9 * losses[0]


def test_spread_loss_sees_a_collapse_and_ignores_a_single_pair():
    assert spread_loss(torch.ones(8, 4)) > 0.98
    assert spread_loss(10 * torch.randn(64, 4)) == 0
    assert spread_loss(torch.ones(1, 4)) == 0


def test_masks_and_crops_of_the_wrong_shape_are_named(mini_config, pairs):
    model = MicronBertForPreTraining(mini_config)
    with pytest.raises(ValueError, match="`swap_mask` must have the shape"):
        model(pairs, swap_mask=torch.zeros(3, 9, dtype=torch.bool))
    with pytest.raises(ValueError, match="`crop_boxes` must have the shape"):
        model(pairs, crop_boxes=torch.zeros(2, 4))
    with pytest.raises(ValueError, match="at least 2 frames"):
        model(pairs[:, :1])

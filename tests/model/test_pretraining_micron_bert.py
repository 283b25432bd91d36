import pytest
import torch

from micron_bert import MicronBertConfig, MicronBertForPreTraining
from micron_bert.model.swapping_micron_bert import patchify


@pytest.fixture
def pairs():
    return torch.randn(3, 2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


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


def test_masks_and_crops_of_the_wrong_shape_are_named(mini_config, pairs):
    model = MicronBertForPreTraining(mini_config)
    with pytest.raises(ValueError, match="`swap_mask` must have the shape"):
        model(pairs, swap_mask=torch.zeros(3, 9, dtype=torch.bool))
    with pytest.raises(ValueError, match="`crop_boxes` must have the shape"):
        model(pairs, crop_boxes=torch.zeros(2, 4))
    with pytest.raises(ValueError, match="at least 2 frames"):
        model(pairs[:, :1])

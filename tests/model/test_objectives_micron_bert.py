import pytest
import torch
from huggingface_hub.errors import StrictDataclassError

from micron_bert import MicronBertConfig, MicronBertForPreTraining, MicronBertModel
from micron_bert.model.objectives_micron_bert import PIXEL_FLOOR, unexplained
from micron_bert.model.swapping_micron_bert import patchify

OBJECTIVES = ["displacement", "future"]


@pytest.fixture
def pairs():
    """Smooth pictures, and the same a third of a pixel further to the right."""
    line = torch.arange(32) / 32
    phases = torch.rand(6, 3, 32, 1, generator=torch.Generator().manual_seed(0)) * 6
    onset, later = (torch.sin(phases + 6 * (line - shift / 32)) for shift in (0, 0.33))
    return torch.stack([onset, later], dim=1)


@pytest.fixture
def make(mini_sizes):
    def model(objective, **fields):
        torch.manual_seed(0)
        sizes = mini_sizes | {"displaced_window": 16, "displaced_step": 0.2, "displaced_size": 16}
        config = MicronBertConfig(**sizes, micro_attention="displaced", objective=objective, **fields)
        model = MicronBertForPreTraining(config)
        model.follow(start=True)
        return model

    return model


def test_nothing_explained_is_one_and_all_explained_is_nothing():
    change = 0.05 * torch.randn(4, 9, 12)
    assert unexplained(torch.zeros_like(change), change, 0.0) == pytest.approx(1)
    assert unexplained(change, change, 0.0) == 0
    assert unexplained(torch.zeros_like(change), change / 1000, PIXEL_FLOOR) < 0.01  # below a grey level: noise


def test_a_small_movement_counts_as_much_as_a_large_one():
    change = torch.randn(1, 9, 12)
    guess = change + 0.5 * torch.randn(1, 9, 12)
    torch.testing.assert_close(unexplained(guess, change, 0.0), unexplained(guess / 100, change / 100, 0.0))


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_training_explains_most_of_what_changes(make, pairs, objective):
    model = make(objective, agreement_weight=0.0).train()
    optimizer = torch.optim.AdamW([one for one in model.parameters() if one.requires_grad], lr=3e-3)
    losses = []
    for _ in range(60):
        output = model(pairs)
        output.loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        model.follow()
        losses.append(output.reconstruction_loss.item())
    assert losses[-1] < 0.5 < losses[0]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_every_learning_weight_gets_a_gradient(make, pairs, objective):
    model = make(objective)
    model(pairs).loss.backward()
    learning = {name: one for name, one in model.named_parameters() if one.requires_grad}
    assert all(one.grad is not None for one in learning.values())
    encoder = [name for name in learning if name.startswith("micron_bert.layers")]
    assert encoder and all(learning[name].grad.abs().max() > 0 for name in encoder)


def test_what_is_rebuilt_is_the_later_frame(make, pairs):
    model = make("displacement").eval()
    assert model(pairs).reconstruction_loss < 1.5  # changes are small, and a new model tells small ones
    torch.nn.init.zeros_(model.decoder.to_pixels.weight), torch.nn.init.zeros_(model.decoder.to_pixels.bias)
    still = model(pairs)  # who predicts no change rebuilds the onset, and has explained nothing
    torch.testing.assert_close(still.reconstruction, patchify(pairs[:, 0], 8))
    assert 0.8 < still.reconstruction_loss <= 1


def test_target_is_the_average_of_the_encoder_and_has_no_gradient(make, pairs):
    model = make("future", target_decay=0.9)
    before = {name: one.clone() for name, one in model.target.named_parameters()}
    assert all(torch.equal(one, dict(model.micron_bert.named_parameters())[name]) for name, one in before.items())
    model(pairs).loss.backward()
    assert all(one.grad is None and not one.requires_grad for one in model.target.parameters())
    with torch.no_grad():
        for one in model.micron_bert.parameters():
            one += 1
    model.follow()
    for name, one in model.target.named_parameters():
        torch.testing.assert_close(one, before[name] + 0.1)


def test_target_is_saved_and_stays_without_a_gradient(make, tmp_path):
    model = make("future")
    with torch.no_grad():
        model.target.norm.weight += 3
    model.save_pretrained(tmp_path)
    again = MicronBertForPreTraining.from_pretrained(tmp_path)
    assert torch.equal(again.target.norm.weight, model.target.norm.weight)
    assert not any(one.requires_grad for one in again.target.parameters())
    encoder = MicronBertModel.from_pretrained(tmp_path)  # what is learned is used as ever
    assert torch.equal(encoder.norm.weight, model.micron_bert.norm.weight)


def test_weights_of_another_objective_start_this_one(make, pairs, tmp_path):
    old = make("swapping")
    old.save_pretrained(tmp_path)
    new = MicronBertForPreTraining.from_pretrained(tmp_path, objective="displacement")
    assert torch.equal(new.decoder.to_pixels.weight, old.decoder.to_pixels.weight)
    assert new(pairs).loss.isfinite()


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"objective": "colours"}, "`objective` must be one of"),
        ({"objective": "displacement"}, 'needs `micro_attention` "displaced"'),
        ({"objective": "future", "normalize_targets": True}, "`normalize_targets` goes with"),
        ({"target_decay": 1.5}, "`target_decay` must lie between 0 and 1"),
    ],
)
def test_contradictions_are_named(mini_sizes, fields, sentence):
    with pytest.raises(StrictDataclassError, match=sentence):
        MicronBertConfig(**mini_sizes, **fields)


def test_a_mask_where_nothing_is_swapped_is_refused(make, pairs):
    with pytest.raises(ValueError, match="`swap_mask` goes with `objective` 'swapping'"):
        make("future")(pairs, swap_mask=torch.zeros(6, 16, dtype=torch.bool))

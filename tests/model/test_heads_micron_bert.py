import pytest
import torch

from micron_bert import MicronBertConfig, MicronBertForVideoClassification
from micron_bert.model.heads_micron_bert import displacement_loss


@pytest.fixture
def clip():
    return torch.randn(2, 4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("classifier", ["pooled", "positional"])
def test_pair_and_clip_give_one_row_of_scores(classifier, mini_sizes, clip):
    model = MicronBertForVideoClassification(
        MicronBertConfig(**mini_sizes, classifier=classifier, num_labels=3)
    ).eval()
    assert model(clip).logits.shape == model(clip[:, :2]).logits.shape == (2, 3)
    assert model(clip).micro_map.shape == (2, 3, 4, 4)


def test_pooled_classifier_keeps_the_map_of_micro_attention(mini_sizes, clip):
    model = MicronBertForVideoClassification(MicronBertConfig(**mini_sizes, classifier="pooled")).eval()
    output = model(clip, labels=torch.tensor([0, 1]), displacement=torch.randn(2, 3, 4, 4, 4))
    assert torch.equal(output.micro_map, model.micron_bert(clip).micro_map)
    assert output.displacement is None and output.displacement_loss is None
    assert torch.equal(output.loss, output.label_loss)


def test_positional_classifier_reads_nothing_but_micro_attention(mini_sizes, clip):
    config = MicronBertConfig(**mini_sizes, classifier="positional", num_labels=3)
    model = MicronBertForVideoClassification(config).eval()
    still = clip[:, :1].expand(-1, 2, -1, -1, -1)
    torch.nn.init.zeros_(model.micron_bert.micro_attention.proj.weight)
    output = model(still)
    torch.testing.assert_close(output.logits[0], output.logits[1])  # another face, micro-attention says the same
    assert output.micro_map.shape == (2, 1, 4, 4) and output.displacement.shape == (2, 1, 4, 4, 4)


def test_displacement_label_adds_its_loss_in_units_of_its_scale(mini_sizes, clip):
    config = MicronBertConfig(
        **mini_sizes, classifier="positional", displacement_weight=0.5, displacement_scale=(0.1, 0.1, 0.4, 0.4)
    )
    model = MicronBertForVideoClassification(config).eval()
    truth = torch.randn(2, 3, 4, 4, 4)
    labels = torch.tensor([0, 1])
    output = model(clip, labels=labels, displacement=truth)
    scale = torch.tensor([0.1, 0.1, 0.4, 0.4])[:, None, None]
    torch.testing.assert_close(output.displacement_loss, displacement_loss(output.displacement / scale, truth / scale))
    expected = model(clip, labels=labels).loss + 0.5 * output.displacement_loss + 0.5 * output.movement_loss
    torch.testing.assert_close(output.loss, expected)
    assert output.micro_attention_loss is None  # diagonal attention is about how unique a patch is
    torch.testing.assert_close(model(clip, displacement=truth).loss, output.loss - output.label_loss)


def test_faint_movements_count_like_strong_ones():
    """An error of a tenth of the movement weighs as much in a faint pair; where nothing moves it stays finite."""
    truth = torch.randn(1, 1, 4, 6, 6, generator=torch.Generator().manual_seed(0))
    strong, faint = (displacement_loss(1.1 * size * truth, size * truth) for size in (30.0, 5.0))
    torch.testing.assert_close(strong, faint, rtol=0.02, atol=0)
    nothing = torch.zeros_like(truth)
    assert displacement_loss(nothing, nothing) == 0
    assert displacement_loss(nothing + 0.1, nothing) < displacement_loss(nothing + 0.2, nothing) < 1
    # expression and total are taken by themselves: a turned head does not hide the expression's error
    turned = torch.cat([truth[:, :, :2], 100 * truth[:, :, 2:]], dim=2)
    wrong = torch.cat([0 * truth[:, :, :2], 100 * truth[:, :, 2:]], dim=2)
    assert displacement_loss(wrong, turned) > 0.3


def test_multi_label_uses_one_sigmoid_per_action_unit(mini_sizes, clip):
    config = MicronBertConfig(**mini_sizes, num_labels=12, problem_type="multi_label_classification")
    model = MicronBertForVideoClassification(config).eval()
    labels = torch.randint(0, 2, (2, 12)).float()
    output = model(clip, labels=labels)
    probability = output.logits.sigmoid()
    expected = -(labels * probability.log() + (1 - labels) * (1 - probability).log()).mean()
    torch.testing.assert_close(output.loss, expected)


def test_labels_of_the_wrong_shape_are_named(mini_config, clip):
    model = MicronBertForVideoClassification(mini_config)
    with pytest.raises(ValueError, match=r"`labels` must have the shape \(2, 4\)"):
        model(clip, labels=torch.zeros(2, 3))


def test_head_learns_which_half_moved(mini_sizes):
    """A pattern shifted by one pixel in its upper or its lower half: position is the label."""
    generator = torch.Generator().manual_seed(0)

    def batch(n):
        onset = torch.randn(n, 3, 32, 32, generator=generator)
        onset = torch.nn.functional.avg_pool2d(onset, 3, 1, 1) * 3
        labels = torch.randint(0, 2, (n,), generator=generator)
        moved = onset.roll(1, dims=-1)
        upper = torch.arange(32)[:, None] < 16
        apex = torch.where((labels == 0)[:, None, None, None] == upper, moved, onset)
        return torch.stack([onset, apex], dim=1), labels

    torch.manual_seed(0)
    config = MicronBertConfig(
        **mini_sizes, num_labels=2, classifier="positional", micro_attention="displaced", micro_attention_heads=2,
        displaced_size=16, displaced_window=16, displaced_step=0.2,
    )  # fmt: skip
    model = MicronBertForVideoClassification(config).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    for _ in range(60):
        frames, labels = batch(32)
        model(frames, labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    frames, labels = batch(200)
    with torch.no_grad():
        accuracy = (model.eval()(frames).logits.argmax(1) == labels).float().mean()
    assert accuracy > 0.9


def test_a_movement_that_nobody_knows_does_not_count():
    torch.manual_seed(0)
    predicted, truth = torch.randn(3, 1, 4, 7, 7, requires_grad=True), torch.randn(3, 1, 4, 7, 7)
    partly = truth.clone()
    partly[1, :, 2:] = torch.nan
    loss = displacement_loss(predicted, partly)
    loss.backward()
    assert loss.isfinite() and predicted.grad.isfinite().all()
    assert not predicted.grad[1, :, 2:].any() and predicted.grad[1, :, :2].any()
    parts = [(0, [0, 1, 0, 1]), (0, [2, 3, 2, 3]), (1, [0, 1, 0, 1]), (2, [0, 1, 0, 1]), (2, [2, 3, 2, 3])]
    kept = [displacement_loss(predicted[k : k + 1, :, c], truth[k : k + 1, :, c]) for k, c in parts]
    assert loss.item() == pytest.approx(torch.stack(kept).mean().item(), rel=1e-5)

from pathlib import Path

import pytest
import torch
from huggingface_hub.errors import StrictDataclassError

import micron_bert
from micron_bert import MicronBertConfig, MicronBertForVideoClassification
from micron_bert.model.action_units_micron_bert import TOGETHER, ActionUnitOutput, action_unit_loss, shared_sides
from micron_bert.model.heads_micron_bert import HeadOutput

UNITS = ["4", "12", "17"]


@pytest.fixture
def make(mini_sizes):
    def made(**fields):
        torch.manual_seed(0)
        config = MicronBertConfig(**{**mini_sizes, "classifier": "positional", "num_labels": 3, **fields})
        return MicronBertForVideoClassification(config).eval()

    return made


def pixels(model, clips=2, frames=3):
    side = model.config.image_size
    return torch.randn(clips, frames, 3, side, side, generator=torch.Generator().manual_seed(1))


def test_units_come_beside_the_labels_for_pairs_and_clips(make):
    model = make(action_units=UNITS)
    for frames in (2, 4):
        output = model(pixels(model, frames=frames))
        assert output.action_unit_logits.shape == (2, 3)
        assert output.action_unit_sides.shape == (2, 3, 3)
        assert output.action_unit_intensity.shape == (2, 3) and (output.action_unit_intensity > 0).all()
    assert make()(pixels(model)).action_unit_logits is None


def test_weights_from_before_load_with_nothing_missing_or_left_over(make, tmp_path):
    old = make()
    old.save_pretrained(tmp_path)
    again, report = MicronBertForVideoClassification.from_pretrained(tmp_path, output_loading_info=True)
    assert not report["missing_keys"] and not report["unexpected_keys"]
    assert torch.equal(again.eval()(pixels(old)).logits, old(pixels(old)).logits)


def test_a_head_beside_trained_weights_starts_as_it_should(make, tmp_path):
    make().save_pretrained(tmp_path)
    model = MicronBertForVideoClassification.from_pretrained(tmp_path, action_units=UNITS)
    assert model.action_units.calibration.tolist() == [[1, 0]] * 3
    assert model.action_units.together.tolist() == [TOGETHER] * 3
    assert model.action_units.side_calibration.tolist() == [0, 0]


def test_units_survive_saving(make, tmp_path):
    model = make(action_units=UNITS, action_unit_thresholds=[0.3, 0.4, 0.5])
    model.save_pretrained(tmp_path)
    again = MicronBertForVideoClassification.from_pretrained(tmp_path).eval()
    assert list(again.config.action_unit_thresholds) == [0.3, 0.4, 0.5]
    assert torch.equal(again(pixels(model)).action_unit_logits, model(pixels(model)).action_unit_logits)
    assert (tmp_path / "action_units_micron_bert.py").is_file(), "the folder must load without the package"


@pytest.mark.parametrize("gradient", [False, True])
def test_units_reach_the_encoder_only_when_asked(make, gradient):
    model = make(action_units=UNITS, action_unit_gradient=gradient)
    truth = torch.tensor([[[1.0, 1, 0.7], [0, torch.nan, torch.nan], [1, 0, 1.2]]] * 2)
    model(pixels(model), action_units=truth).loss.backward()
    assert model.action_units.left.weight.grad.abs().sum() > 0
    reached = sum(float(p.grad.abs().sum()) for p in model.classifier.layers.parameters() if p.grad is not None)
    assert (reached > 0) == gradient


def test_loss_is_least_for_the_truth_and_ignores_what_is_unknown():
    truth = torch.tensor([[[1.0, 2, 0.8], [0, torch.nan, torch.nan], [torch.nan] * 3]])
    sides = torch.zeros(1, 3, 3)
    sides[0, 0, 2] = 20
    right = ActionUnitOutput(torch.tensor([[20.0, -20, 3]]), sides, torch.tensor([[0.8, 5, 5]]))
    assert float(action_unit_loss(right, truth)) < 1e-6
    for wrong in (
        right._replace(logits=torch.tensor([[-20.0, -20, 3]])),
        right._replace(sides=sides.flip(-1)),
        right._replace(intensity=torch.tensor([[1.6, 5, 5]])),
    ):
        assert float(action_unit_loss(wrong, truth)) > 0.05


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"action_units": ["4", "4"]}, "each once"),
        ({"action_units": ["brow"]}, "numbers of action units"),
        ({"action_units": ["4"], "action_unit_thresholds": [0.5, 0.5]}, "each of the 1 units"),
        ({"action_units": ["4"], "classifier": "pooled"}, "predicts displacements"),
    ],
)
def test_configurations_that_do_not_fit_are_refused(make, fields, message):
    with pytest.raises((ValueError, StrictDataclassError), match=message):
        make(**fields)


def test_units_for_a_model_without_their_head_are_refused(make):
    model = make()
    with pytest.raises(ValueError, match="no such head"):
        model(pixels(model), action_units=torch.zeros(2, 3, 3))


def test_a_mirrored_movement_is_on_the_other_side(make):
    model = make(action_units=UNITS)
    head, rows = model.action_units, model.config.grid_size
    head.left.weight.data.zero_(), head.right.weight.data.zero_()  # what is left is the displacement
    displacement = torch.randn(2, 1, 4, rows, rows, generator=torch.Generator().manual_seed(2))
    flip = torch.tensor([-1.0, 1, -1, 1])[:, None, None]
    patches = torch.zeros(2, 1, rows * rows, model.config.hidden_size)

    def told(displacement):
        return head(HeadOutput(None, displacement, None, patches), torch.tensor(-1.0), torch.ones(4))

    one, other = told(displacement), told(flip * displacement.flip(-1))
    torch.testing.assert_close(other.logits, one.logits)
    torch.testing.assert_close(other.sides, one.sides[..., [0, 2, 1]])
    assert (one.sides[..., 1] - one.sides[..., 2]).abs().max() > 0.01


def test_presence_and_side_are_odds_of_one_distribution(make):
    model = make(action_units=UNITS)
    output = model(pixels(model))
    states = torch.cat([torch.zeros(2, 3, 1), output.action_unit_sides], dim=-1).softmax(dim=-1)
    torch.testing.assert_close(output.action_unit_logits.sigmoid(), states[..., 1:].sum(dim=-1))
    model.action_units.calibration[1] = torch.tensor([2.0, -0.5])
    expected = output.action_unit_logits * torch.tensor([1.0, 2, 1]) - torch.tensor([0, 0.5, 0])
    torch.testing.assert_close(model(pixels(model)).action_unit_logits, expected)


def test_units_that_move_speak_for_the_side_of_the_others():
    sides = torch.tensor([[[0.0, 3, -3], [0, -0.5, -0.6], [0, -9, 9]]])
    moved = torch.tensor([[1.0, 1, 0]])
    assert torch.equal(shared_sides(sides, moved, torch.zeros(2)), sides)
    told = shared_sides(sides, moved, torch.tensor([0.5, 0.1]))
    # the second follows the first, not the third, which does not move
    torch.testing.assert_close(told[0, 1], torch.tensor([0.0, -0.5 + 1.5 + 0.1, -0.6 - 1.5 + 0.1]))
    assert told.argmax(dim=-1).tolist() == [[1, 1, 2]]


def test_what_the_shipped_model_says_of_emotions_and_maps_knows_nothing_of_units():
    model = MicronBertForVideoClassification.from_pretrained(
        Path(micron_bert.__file__).parent / "checkpoints" / "tiny"
    )
    model.eval()
    assert len(model.config.action_units) == len(model.config.action_unit_thresholds) == 17
    with torch.no_grad():
        beside = model(pixels(model))
        model.action_units = None
        alone = model(pixels(model))
    for name in ("logits", "displacement", "micro_map"):
        assert torch.equal(beside[name], alone[name]), name
    assert beside.action_unit_logits.shape == (2, 17) and alone.action_unit_logits is None

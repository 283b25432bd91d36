import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from micron_bert import MicronBertForVideoClassification, MicronBertImageProcessor
from micron_bert.data.examples.schedule import Curriculum
from micron_bert.data.examples.synthetic import LabelledPairs
from micron_bert.synthesis.motion.displacement import patch_means
from micron_bert.synthesis.pairs import SyntheticPairs


@pytest.fixture
def labelled(portraits):
    processor = MicronBertImageProcessor(size={"height": 32, "width": 32})

    def make(register=True, **settings):
        return LabelledPairs(SyntheticPairs(portraits, size=32, length=16, **settings), processor, 8, register)

    return make


def test_item_is_what_the_model_takes(labelled, mini_config):
    item = labelled()[3]
    assert item["pixel_values"].shape == (2, 3, 32, 32) and item["displacement"].shape == (1, 4, 4, 4)
    batch = {name: value[None] for name, value in item.items() if name != "amplitude"}
    output = MicronBertForVideoClassification(mini_config)(**batch)
    assert output.displacement.shape == batch["displacement"].shape and torch.isfinite(output.loss)


def test_expression_is_the_mean_over_the_patch(labelled):
    pairs = labelled(register=False)
    item, pair = pairs[5], pairs.pairs[5]
    np.testing.assert_allclose(item["displacement"][0, :2], patch_means(pair.expression, 4), atol=1e-6)
    np.testing.assert_allclose(item["displacement"][0, 2:], patch_means(pair.total, 4), atol=1e-6)
    assert item["labels"] == pair.label and item["amplitude"] == pytest.approx(pair.amplitude)


def test_same_bits_on_repeat_and_in_workers(labelled):
    alone = list(DataLoader(labelled(seed=4), batch_size=4))
    helped = list(DataLoader(labelled(seed=4), batch_size=4, num_workers=2))
    for one, other in zip(alone, helped, strict=True):
        assert all(torch.equal(one[name], other[name]) for name in one)


def test_curriculum_decides_the_amplitude(labelled):
    drawn = labelled(amplitude=Curriculum((0.3, 2.5), 16))
    for index in range(16):
        amplitude = float(drawn[index]["amplitude"])
        assert amplitude == 0 or amplitude >= Curriculum((0.3, 2.5), 16)(index)[0] - 1e-6

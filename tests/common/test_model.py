"""Transformers' common tests of models, against μ-BERT in the forms that differ in what they compute."""

import unittest

import pytest
import torch

from micron_bert import MicronBertConfig, MicronBertForPreTraining, MicronBertForVideoClassification, MicronBertModel

from .exceptions import without
from .source_distribution import common_tests

modeling = common_tests("test_modeling_common")
configuration = common_tests("test_configuration_common")
if modeling is None:
    pytest.skip("`make test-transformers` fetches these tests first", allow_module_level=True)
pytestmark = pytest.mark.transformers

SIZES = {
    "image_size": 32,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "decoder_hidden_size": 32,
    "decoder_num_hidden_layers": 2,
    "decoder_num_attention_heads": 2,
    "decoder_intermediate_size": 64,
    "classifier_hidden_size": 16,
}
DISPLACED = {
    "micro_attention": "displaced",
    "micro_attention_heads": 2,
    "displaced_size": 16,
    "displaced_window": 16,
    "displaced_step": 0.2,
    "displaced_levels": 2,
    "classifier": "positional",
}


class Tester:
    """What the common tests ask of a model: a small configuration and inputs."""

    is_training = True
    batch_size, frames, size = 2, 2, SIZES["image_size"]
    hidden_size, num_hidden_layers = SIZES["hidden_size"], SIZES["num_hidden_layers"]
    num_attention_heads, num_labels = SIZES["num_attention_heads"], 3
    seq_length = encoder_seq_length = 1 + (SIZES["image_size"] // 8) ** 2

    def __init__(self, parent, **form):
        self.parent, self.form = parent, form

    def get_config(self):
        return MicronBertConfig(**SIZES, **self.form, num_labels=self.num_labels)

    def prepare_config_and_inputs_for_common(self):
        draw = torch.Generator().manual_seed(0)
        pixel_values = torch.randn(self.batch_size, self.frames, 3, self.size, self.size, generator=draw)
        return self.get_config(), {"pixel_values": pixel_values}


class Common:
    """Holds the mixin, so that it is collected for its subclasses alone."""

    class ModelTest(modeling.ModelTesterMixin):
        all_model_classes = (MicronBertModel, MicronBertForPreTraining, MicronBertForVideoClassification)
        test_resize_embeddings = False
        form = {}

        def setUp(self):
            self.model_tester = Tester(self, **self.form)
            self.config_tester = configuration.ConfigTester(
                self, config_class=MicronBertConfig, has_text_modality=False, hidden_size=36
            )

        def test_config(self):
            self.config_tester.run_common_tests()

        def without(self, model_class):
            """The library leaves out base models by the names of its own."""
            self.all_model_classes = tuple(kind for kind in self.all_model_classes if kind is not model_class)

        def test_training(self):
            self.without(MicronBertModel)  # it has no loss
            super().test_training()

        def check_training_gradient_checkpointing(self, *args, **kwargs):
            self.without(MicronBertModel)
            super().check_training_gradient_checkpointing(*args, **kwargs)

        def test_model_outputs_equivalence(self):
            self.without(MicronBertForPreTraining)  # the test subtracts its mask, which holds bools
            super().test_model_outputs_equivalence()

        def _prepare_for_class(self, inputs_dict, model_class, return_labels=False):
            inputs_dict = super()._prepare_for_class(inputs_dict, model_class, return_labels=return_labels)
            if model_class is MicronBertForPreTraining:  # its draws, once for all
                draw = torch.Generator().manual_seed(0)
                pairs, patches = len(inputs_dict["pixel_values"]), (SIZES["image_size"] // 8) ** 2
                inputs_dict["swap_mask"] = torch.rand(pairs, patches, generator=draw) < 0.5
                inputs_dict["crop_boxes"] = torch.tensor([[0.1, 0.1, 0.8, 0.8]] * pairs)
            if model_class is MicronBertForVideoClassification and return_labels:
                inputs_dict["labels"] = torch.zeros(len(inputs_dict["pixel_values"]), dtype=torch.long)
            return inputs_dict


@without("model")
class PaperModelTest(Common.ModelTest, unittest.TestCase):
    """Diagonal micro-attention and the pooled classifier."""


@without("model")
class DisplacedModelTest(Common.ModelTest, unittest.TestCase):
    """The model in the package: displaced micro-attention and the positional classifier."""

    form = DISPLACED


@without("model")
class ReleaseModelTest(Common.ModelTest, unittest.TestCase):
    """The full map of the published checkpoint."""

    form = {"micro_attention": "full", "micro_query": "onset"}

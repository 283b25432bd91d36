import re

import numpy as np
import pytest
import torch

from micron_bert import (
    MicronBertConfig,
    MicronBertForPreTraining,
    MicronBertForVideoClassification,
    MicronBertModel,
)
from micron_bert.model.configuration_micron_bert import GONE, PRESETS


def test_defaults_are_the_published_size():
    config = MicronBertConfig()
    published = (224, 8, 512, 4, 4, 2048, 4, 512, 4)
    assert published == (
        config.image_size,
        config.patch_size,
        config.hidden_size,
        config.num_hidden_layers,
        config.num_attention_heads,
        config.intermediate_size,
        config.decoder_num_hidden_layers,
        config.decoder_hidden_size,
        config.decoder_num_attention_heads,
    )
    assert MicronBertConfig.preset("paper").to_dict() == config.to_dict()
    assert (config.micro_attention, config.micro_query, config.classifier) == ("diagonal", "later", "pooled")
    assert config.interest_gate


def test_release_asks_from_the_onset_with_the_full_map():
    config = MicronBertConfig.preset("release")
    assert (config.micro_attention, config.micro_query, config.interest_gate) == ("full", "onset", False)


def test_small_is_tiny_at_the_published_size():
    small, tiny, paper = (MicronBertConfig.preset(name).to_dict() for name in ("small", "tiny", "paper"))
    assert small["micro_attention"] == "displaced" and small["classifier"] == "positional"
    sizes = {name for name in paper if small[name] != tiny[name]}
    lengths = {"displaced_window", "displaced_step", "displacement_scale"}  # in pixels, of a picture twice as large
    assert {name for name in sizes if small[name] != paper[name]} == {"displacement_scale"}
    assert all(np.allclose(small[name], 2 * np.array(tiny[name])) for name in lengths)


def test_tiny_has_at_most_two_million_parameters():
    config = MicronBertConfig.preset("tiny", num_labels=4)
    assert config.image_size == 112
    assert sum(p.numel() for p in MicronBertForPreTraining(config).parameters()) <= 2_000_000


def test_preset_takes_overrides():
    assert MicronBertConfig.preset("tiny", hidden_size=64).hidden_size == 64


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"image_size": 100}, "image_size.*100"),
        ({"hidden_size": 30, "num_attention_heads": 2}, "hidden_size.*30"),
        ({"num_attention_heads": 3}, "num_attention_heads.*3"),
        ({"micro_attention_heads": 3}, "micro_attention_heads.*3"),
        ({"decoder_hidden_size": 36, "decoder_num_attention_heads": 8}, "decoder_hidden_size.*36"),
        ({"micro_attention": "diag"}, "micro_attention.*'diag'"),
        ({"micro_query": "apex"}, "micro_query.*'apex'"),
        ({"micro_attention": "full", "interest_gate": True}, "interest_gate"),
        ({"classifier": "mlp"}, "classifier.*'mlp'"),
        ({"classifier": "bilinear"}, "`bilinear` is gone.*fine-tune the new classifier"),
        ({"num_hidden_layers": 0}, "num_hidden_layers.*above 0.*0"),
        ({"decoder_num_attention_heads": -1}, "decoder_num_attention_heads.*-1"),
        ({"num_frames": 0}, "num_frames.*0"),
        ({"agreement_weight": -1.0}, "agreement_weight.*-1.0"),
        ({"reconstruction_weight": float("nan")}, "reconstruction_weight.*nan"),
        ({"classifier_dropout": 1.0}, "classifier_dropout.*1.0"),
        ({"micro_attention": "displaced", "displaced_window": 31}, "displaced_window.*31"),
        ({"micro_attention": "displaced", "displaced_levels": 5}, "patch_size.*displaced_levels.*5"),
        ({"micro_attention": "displaced", "micro_attention_heads": 5, "hidden_size": 100}, "displaced_size.*96 and 5"),
        ({"qkv_bias": False}, "`qkv_bias` is no longer an option.*True"),
        ({"readout_channels": 4}, "`readout_channels` is no longer an option.*8"),
        ({"swap_ratio": 1.5}, "swap_ratio.*1.5"),
        ({"crop_scale": (0.5, 1.5)}, "crop_scale"),
        ({"displacement_scale": (1.0, 1.0)}, "displacement_scale"),
        ({"hidden_size": "33"}, "hidden_size.*int.*'33'"),
    ],
)
def test_sizes_that_do_not_fit_are_named(fields, named):
    with pytest.raises(Exception, match=rf"(?s){named}"):
        MicronBertConfig(**fields)


def test_unknown_preset_is_named():
    with pytest.raises(ValueError, match="paper, release, small, tiny, got 'huge'"):
        MicronBertConfig.preset("huge")


def test_broken_config_file_is_refused_on_load(tmp_path, mini_sizes):
    MicronBertModel(MicronBertConfig(**mini_sizes)).save_pretrained(tmp_path)
    text = (tmp_path / "config.json").read_text().replace('"patch_size": 8', '"patch_size": 7')
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(Exception, match="multiple of `patch_size`, got 32 and 7"):
        MicronBertModel.from_pretrained(tmp_path)


@pytest.mark.parametrize("attention", ["diagonal", "full", "displaced"])
@pytest.mark.parametrize("classifier", ["pooled", "positional"])
@pytest.mark.parametrize("query", ["later", "onset"])
def test_every_choice_runs_and_comes_back_from_its_folder(attention, classifier, query, mini_sizes, tmp_path):
    config = MicronBertConfig(
        **mini_sizes, micro_attention=attention, classifier=classifier, micro_query=query, displaced_window=16
    )
    model = MicronBertForVideoClassification(config).eval()
    clip = torch.randn(1, 2, 3, 32, 32)
    model.save_pretrained(tmp_path)
    again = MicronBertForVideoClassification.from_pretrained(tmp_path).eval()
    assert again.config.interest_gate == (attention != "full")
    torch.testing.assert_close(again(clip).logits, model(clip).logits)


def test_options_of_another_attention_do_not_matter():
    config = MicronBertConfig(image_size=70, patch_size=7)  # no window of displaced attention fits such a patch
    assert config.grid_size == 10


@pytest.mark.parametrize("preset", PRESETS)
def test_no_preset_names_what_is_gone(preset):
    assert not GONE.keys() & MicronBertConfig.preset(preset).to_dict().keys()
    assert not any(re.search(rf"\b{name}\b", MicronBertConfig.__doc__) for name in GONE)

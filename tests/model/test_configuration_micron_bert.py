import pytest

from micron_bert import MicronBertConfig, MicronBertForPreTraining, MicronBertModel


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
    assert MicronBertConfig.preset("small").to_dict() == config.to_dict()


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
        ({"micro_attention": "full"}, "interest_gate"),
        ({"classifier": "mlp"}, "classifier.*'mlp'"),
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
    with pytest.raises(ValueError, match="small, tiny, got 'huge'"):
        MicronBertConfig.preset("huge")


def test_broken_config_file_is_refused_on_load(tmp_path, mini_sizes):
    MicronBertModel(MicronBertConfig(**mini_sizes)).save_pretrained(tmp_path)
    text = (tmp_path / "config.json").read_text().replace('"patch_size": 8', '"patch_size": 7')
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(Exception, match="multiple of `patch_size`, got 32 and 7"):
        MicronBertModel.from_pretrained(tmp_path)

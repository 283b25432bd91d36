import pytest
import torch

from micron_bert import MicronBertConfig, MicronBertForVideoClassification
from micron_bert.arguments.model import ModelArguments
from micron_bert.checkpoints.names import find_checkpoint, is_shipped, shipped_checkpoint, weights_key
from micron_bert.checkpoints.starting_model import (
    make_config,
    make_model,
    make_processor,
)
from micron_bert.errors import InputError


@pytest.fixture
def stored(mini_config, tmp_path):
    torch.manual_seed(0)
    model = MicronBertForVideoClassification(mini_config)
    model.save_pretrained(tmp_path / "model")
    return model, ModelArguments(checkpoint=str(tmp_path / "model"))


def labels(*names):
    return {"id2label": dict(enumerate(names)), "label2id": {name: i for i, name in enumerate(names)}}


def test_fields_go_over_the_preset():
    config = make_config(ModelArguments(preset="tiny", config={"hidden_size": 32}), **labels("a", "b"))
    assert config.hidden_size == 32 and config.image_size == 112 and config.num_labels == 2


def test_same_seed_same_weights(mini_config):
    models = [make_model(MicronBertForVideoClassification, ModelArguments(), mini_config, s) for s in (1, 1, 2)]
    first, second, third = (model.micron_bert.embeddings.projection.weight for model in models)
    assert torch.equal(first, second) and not torch.equal(first, third)


def test_same_labels_keep_the_head(stored):
    before, arguments = stored
    after = make_model(MicronBertForVideoClassification, arguments, make_config(arguments), 1)
    assert all(torch.equal(value, after.state_dict()[name]) for name, value in before.state_dict().items())


@pytest.mark.parametrize("names", [("a", "b"), ("positive", "negative", "surprise", "none")])
def test_other_labels_get_a_new_last_layer(stored, names):
    before, arguments = stored
    after = make_model(MicronBertForVideoClassification, arguments, make_config(arguments, **labels(*names)), 1)
    kept, new = (lambda m: m.classifier.clip.frame_weighting.weight), (lambda m: m.classifier.clip.out_proj.weight)
    assert torch.equal(kept(before), kept(after))
    assert new(after).shape[0] == len(names) and not torch.equal(new(before)[:2], new(after)[:2])


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"checkpoint": "/nowhere"}, "no model at `/nowhere`"),
        ({"config": {"hidden_size": 30}}, "`hidden_size` must be divisible by 4"),
        ({"config": {"hidden_size": "wide"}}, "'hidden_size' expected int, got str"),
    ],
)
def test_unusable_model_is_named(settings, said):
    with pytest.raises(InputError, match=said):
        make_config(ModelArguments(**settings))


def test_another_kind_of_model_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(InputError, match="model of type `vit`"):
        make_config(ModelArguments(checkpoint=str(tmp_path)))


def test_sizes_that_do_not_fit_the_weights_are_refused(stored):
    _, arguments = stored
    arguments.config = {"hidden_size": 64}
    with pytest.raises(InputError, match="do not fit the configuration"):
        make_model(MicronBertForVideoClassification, arguments, make_config(arguments), 1)


def test_processor_of_the_checkpoint_is_kept(stored, mini_config):
    _, arguments = stored
    processor = make_processor(arguments, mini_config)
    processor.image_mean = [0.1, 0.2, 0.3]
    processor.save_pretrained(arguments.checkpoint)
    assert make_processor(arguments, mini_config).image_mean == (0.1, 0.2, 0.3)


def test_tiny_is_the_shipped_model_unless_a_folder_has_that_name(stored, tmp_path, monkeypatch):
    shipped = MicronBertConfig.from_pretrained(shipped_checkpoint())
    assert make_config(ModelArguments(checkpoint="tiny")).id2label == shipped.id2label
    assert weights_key("tiny") == weights_key(str(shipped_checkpoint()))
    (tmp_path / "model").rename(tmp_path / "tiny")
    monkeypatch.chdir(tmp_path)
    assert not is_shipped("tiny") and find_checkpoint("tiny") == "tiny"
    assert make_config(ModelArguments(checkpoint="tiny")).hidden_size == stored[0].config.hidden_size
    assert stored[0].config.hidden_size != shipped.hidden_size


def test_the_course_head_is_kept_and_left_alone(mini_config, tmp_path):
    config = mini_config.__class__.from_dict({**mini_config.to_dict(), "course_hidden_size": 16})
    before = MicronBertForVideoClassification(config)
    before.save_pretrained(tmp_path)
    arguments = ModelArguments(checkpoint=str(tmp_path))
    after = make_model(MicronBertForVideoClassification, arguments, make_config(arguments, **labels("a", "b")), 1)
    assert torch.equal(before.course.mix.weight, after.course.mix.weight)
    assert not any(parameter.requires_grad for parameter in after.course.parameters())


def test_weights_of_another_encoder_are_refused_before_memory_is_taken(tmp_path):
    import json
    import shutil

    folder = shutil.copytree(shipped_checkpoint(), tmp_path / "model")
    fields = json.loads((folder / "config.json").read_text())
    arguments = ModelArguments(checkpoint=str(folder))
    for changes in ({"num_hidden_layers": 1}, {"num_hidden_layers": 3}, {"intermediate_size": 65536}):
        (folder / "config.json").write_text(json.dumps(fields | changes))
        with pytest.raises(InputError, match="do not fit the configuration"):
            make_model(MicronBertForVideoClassification, arguments, make_config(arguments), 0)
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(InputError, match="cannot be loaded: `model.safetensors` in it is damaged"):
        make_model(MicronBertForVideoClassification, arguments, make_config(arguments), 0)


def test_processor_with_odd_settings_is_refused(tmp_path):
    import json
    import shutil

    folder = shutil.copytree(shipped_checkpoint(), tmp_path / "model")
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"image_std": [0, 1, 1]}))
    arguments = ModelArguments(checkpoint=str(folder))
    with pytest.raises(InputError, match="`image_std` in preprocessor_config.json must be above 0"):
        make_processor(arguments, make_config(arguments))

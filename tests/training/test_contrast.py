import json
from pathlib import Path

import pytest
import torch
import yaml
from transformers import AutoTokenizer, CLIPConfig, CLIPModel, PreTrainedTokenizerFast
from transformers.models.auto.modeling_auto import AutoModelForZeroShotImageClassification

from micron_bert import MicronBertConfig, MicronBertForVideoClassification
from micron_bert.checkpoints.unit_tokenizer import unit_tokenizer
from micron_bert.errors import InputError
from micron_bert.model.contrastive_micron_bert import attribute_vocabulary
from micron_bert.model.heads_micron_bert import HeadOutput
from micron_bert.training.contrast import ContrastAlone, Texts, contrastive_model, reader_features, sentence
from micron_bert.training.finetune import main

UNITS = ["4", "6", "12"]
# the units of five clips: brow lowerer, none, smile, smile on the left, brow lowerer again
TRUTH = torch.tensor(
    [
        [[1, 0, 1.0], [0, 0, 0], [0, 0, 0]],
        [[0, 0, 0], [0, 0, 0], [0, 0, 0]],
        [[0, 0, 0], [1, 0, 1.0], [1, 0, 1.0]],
        [[0, 0, 0], [0, 0, 0], [1, 1, 1.0]],
        [[1, 0, 1.0], [0, 0, 0], [0, 0, 0]],
    ]
)


@pytest.fixture
def recognition(mini_sizes):
    torch.manual_seed(0)
    sizes = {**mini_sizes, "classifier": "positional", "action_units": UNITS, "action_unit_hidden_size": 8}
    return MicronBertForVideoClassification(MicronBertConfig(**sizes, projection_dim=16)).eval()


@pytest.fixture
def alone(recognition):
    network = contrastive_model(recognition, recognition.config, 0)
    return ContrastAlone(network, Texts(recognition.config))


def test_what_is_true_of_a_clip(alone):
    truths = [alone.truths(one) for one in TRUTH]
    assert truths[0] == [{"4"}, {"4"}, {"negative"}]
    assert truths[1] == [set(), set()]
    assert truths[2] == [{"6", "12"}, {"6", "12"}, {"positive"}]
    assert truths[3] == [{"12"}, {"L12"}, {"positive"}]


def test_likeness_is_learned_and_what_was_trained_before_stays(recognition, alone):
    before = {name: part.clone() for name, part in recognition.state_dict().items()}
    features = torch.randn(5, 1, 16, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    learned = [part for part in alone.parameters() if part.requires_grad]
    optimizer, losses = torch.optim.Adam(learned, lr=0.03), []
    for _ in range(60):
        loss = alone(features, TRUTH)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])
    texts = alone.text(**alone.texts([frozenset({"4"}), frozenset(), frozenset({"6", "12"}), frozenset({"12"})]))
    logits = torch.nn.functional.normalize(alone.clip(features), dim=-1) @ torch.nn.functional.normalize(texts).T
    assert logits.argmax(dim=1).tolist() == [0, 1, 2, 3, 0]
    assert all(torch.equal(part, before[name]) for name, part in recognition.state_dict().items())


def test_the_features_that_are_kept_are_those_of_the_tower(recognition, alone):
    network = contrastive_model(recognition, recognition.config, 0).eval()
    clips = torch.randn(2, 2, 3, 32, 32)
    with torch.no_grad():
        said = recognition.classifier(recognition.micron_bert(clips))
        kept = reader_features(recognition, said)["features"]
        direct = network.embed(HeadOutput(None, said.displacement, None, said.patches))
    assert torch.allclose(torch.nn.functional.normalize(network.video.clip(kept), dim=-1), direct, atol=1e-5)


def test_sets_are_ids_or_sentences(recognition, tmp_path):
    config, ids = recognition.config, attribute_vocabulary(UNITS)
    batch = Texts(config)([frozenset({"4", "L12"}), frozenset()])
    assert batch["input_ids"].tolist() == [[ids["4"], ids["L12"]], [ids["none"], 0]]
    assert batch["attention_mask"].tolist() == [[1, 1], [1, 0]]
    assert sentence(frozenset({"4", "L12"})) == "brow lowerer and left lip corner puller"
    assert sentence(frozenset()) == "a neutral face" and sentence(frozenset({"negative"})) == "negative"


def test_another_models_text_tower_can_be_trained_for(recognition, tmp_path):
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    words = {"vocab_size": 64, "max_position_embeddings": 32, "bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 0}
    vision = sizes | {"image_size": 16, "patch_size": 8}
    CLIPModel(CLIPConfig(text_config=sizes | words, vision_config=vision)).save_pretrained(tmp_path)
    unit_tokenizer(attribute_vocabulary(UNITS)).save_pretrained(tmp_path)  # any tokenizer of the library will do
    config = recognition.config
    config.text_model_name_or_path = str(tmp_path)
    network = contrastive_model(recognition, config, 0)
    texts = Texts(config)
    assert texts.sentences and isinstance(texts.tokenizer, PreTrainedTokenizerFast)
    loss = ContrastAlone(network, texts)(torch.randn(5, 1, 16), TRUTH)["loss"]
    loss.backward()
    assert network.text.projection.weight.grad.abs().sum() > 0
    assert all(part.grad is None for part in network.text.model.parameters())


def test_a_recipe_makes_a_model_with_its_tokenizer(mini_recipe, portraits, tmp_path, monkeypatch):
    monkeypatch.setattr("micron_bert.data.examples.labelled.load_portraits", lambda folders, size: portraits)
    sizes = yaml.safe_load(Path(mini_recipe()).read_text())["config"] | {"classifier": "positional"}
    common = {"faces": [str(tmp_path)], "num_pairs": 4, "test_pairs": 0}
    main([mini_recipe(**common, output_dir=str(tmp_path / "a"), config=sizes)])
    contrast = {**common, "config": None, "train_only": "contrast", "passes": 2, "test_pairs": 4}
    with pytest.raises(InputError, match="train a head with finetune_action_units first"):
        main([mini_recipe(**contrast, checkpoint=str(tmp_path / "a"), output_dir=str(tmp_path / "no"))])
    main([mini_recipe(**common, output_dir=str(tmp_path / "b"), config=sizes, action_units=UNITS)])
    with pytest.raises(InputError, match="leave `action_units` out"):
        main([mini_recipe(**contrast, checkpoint=str(tmp_path / "b"), action_units=["1"])])
    main([mini_recipe(**contrast, checkpoint=str(tmp_path / "b"), output_dir=str(tmp_path / "run"))])
    scores = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert scores["steps"] >= 1 and not (tmp_path / "run" / "features").exists()
    model = AutoModelForZeroShotImageClassification.from_pretrained(tmp_path / "run")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "run")
    words = tokenizer(["brow lowerer", "left lip corner puller"], padding=True, return_tensors="pt")
    assert model.get_text_features(**words).shape == (2, model.config.projection_dim)

import json
import os
import subprocess
import sys

import pytest
import torch
from transformers import AutoModelForZeroShotImageClassification, CLIPConfig, CLIPModel

from micron_bert import MicronBertConfig, MicronBertForContrastiveLearning, MicronBertForVideoClassification
from micron_bert.model.contrastive_micron_bert import attribute_vocabulary, contrastive_loss

UNITS = ["4", "12", "14"]
IDS = attribute_vocabulary(UNITS)


@pytest.fixture
def config(mini_sizes):
    return MicronBertConfig(
        **{**mini_sizes, "classifier": "positional", "action_units": UNITS, "action_unit_hidden_size": 8},
        projection_dim=12,
    )


@pytest.fixture
def network(config):
    torch.manual_seed(0)
    return MicronBertForContrastiveLearning(config).eval()


@pytest.fixture
def clips(config):
    side = config.image_size
    return torch.randn(2, 2, 3, side, side, generator=torch.Generator().manual_seed(1))


def texts(*sets):
    rows = [[IDS[word] for word in words.split()] for words in sets]
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)


def test_clips_and_sets_of_attributes_share_one_space(network, clips):
    with torch.no_grad():
        output = network(texts("4", "L12 14", "negative"), clips)
        videos, words = network.get_video_features(clips), network.get_text_features(texts("L12 14"))
    assert output.logits_per_video.shape == (2, 3) and output.logits_per_text.shape == (3, 2)
    assert torch.allclose(videos.norm(dim=1), torch.ones(2)) and videos.shape == (2, 12)
    expected = network.logit_scale.exp() * videos @ words.T  # a set reads alike alone and beside longer ones
    assert torch.allclose(output.logits_per_video[:, 1:2], expected, atol=1e-4)


def test_the_order_of_the_words_does_not_count_but_their_side_does(network):
    with torch.no_grad():
        one, other, left = network.get_text_features(texts("4 12", "12 4", "4 L12"))
    assert torch.allclose(one, other, atol=1e-6) and not torch.allclose(one, left, atol=1e-3)


def test_what_is_no_attribute_or_no_movement_is_refused(network, clips):
    with pytest.raises(ValueError, match="no attribute of this model"):
        network.get_text_features(torch.tensor([[IDS["4"], 1]]))
    with pytest.raises(ValueError, match="at least two frames"):
        network.get_video_features(clips[:, :1])
    with pytest.raises(ValueError, match="pairs clips and texts, got 2 and 1"):
        network(texts("4"), clips, return_loss=True)
    with pytest.raises(ValueError, match="classifier"):
        MicronBertForContrastiveLearning(MicronBertConfig.preset("tiny", action_units=()))


def test_several_texts_may_be_true_of_a_clip():
    logits = torch.tensor([[3.0, 1.0, 0.0], [0.0, 2.0, -1.0]])
    matches = torch.tensor([[True, True, False], [False, True, False]])
    rows = logits.softmax(dim=1)
    columns = logits.softmax(dim=0)
    of_clips = -((rows[0, 0] + rows[0, 1]).log() + rows[1, 1].log()) / 2
    of_texts = -(columns[0, 0].log() + columns[:, 1].sum().log()) / 2  # the third text is true of none
    assert torch.allclose(contrastive_loss(logits, matches), (of_clips + of_texts) / 2)
    assert contrastive_loss(20 * matches.float(), matches) < contrastive_loss(logits, matches)


def test_the_loss_reaches_the_towers_and_not_the_encoder(network, clips):
    network.train()(texts("4", "12"), clips, return_loss=True).loss.backward()
    learned = {name.split(".")[0] for name, part in network.named_parameters() if part.grad is not None}
    assert learned == {"video", "text", "logit_scale"}


def test_it_starts_from_a_recognition_model_and_comes_back_from_its_folder(config, clips, tmp_path):
    torch.manual_seed(0)
    MicronBertForVideoClassification(config).save_pretrained(tmp_path / "recognition")
    model, report = MicronBertForContrastiveLearning.from_pretrained(
        tmp_path / "recognition", output_loading_info=True
    )
    assert not report["unexpected_keys"]
    assert {name.split(".")[0] for name in report["missing_keys"]} == {"video", "text", "logit_scale"}
    assert model.logit_scale.item() == pytest.approx(config.logit_scale_init_value)
    model.eval().save_pretrained(tmp_path / "model")
    again = AutoModelForZeroShotImageClassification.from_pretrained(tmp_path / "model").eval()
    assert isinstance(again, MicronBertForContrastiveLearning)
    with torch.no_grad():
        told = [one(texts("4", "12"), clips).logits_per_video for one in (model, again)]
    assert torch.equal(*told)


WITHOUT_THE_PACKAGE = """
import sys
sys.modules["micron_bert"] = None
import torch
from transformers import AutoModelForZeroShotImageClassification, AutoModelForVideoClassification
clips = torch.load(sys.argv[2], weights_only=True)
model = AutoModelForZeroShotImageClassification.from_pretrained(sys.argv[1], trust_remote_code=True).eval()
with torch.no_grad():
    print("NUMBERS", model(torch.tensor([[6], [9]]), clips).logits_per_video.tolist())
model.save_pretrained(sys.argv[3])
AutoModelForVideoClassification.from_pretrained(sys.argv[3], trust_remote_code=True)
"""


def test_the_folder_loads_without_the_package(network, clips, tmp_path):
    network.save_pretrained(tmp_path / "model")
    torch.save(clips, tmp_path / "clips.pt")
    environment = {**os.environ, "HF_MODULES_CACHE": str(tmp_path / "modules"), "HF_HUB_OFFLINE": "1"}
    arguments = [str(tmp_path / name) for name in ("model", "clips.pt", "again")]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_THE_PACKAGE, *arguments], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    with torch.no_grad():
        expected = network(torch.tensor([[6], [9]]), clips).logits_per_video
    assert torch.allclose(torch.tensor(json.loads(done.stdout.split("NUMBERS")[1])), expected, atol=1e-4)


def test_the_text_tower_of_another_model_reads_sentences(config, clips, tmp_path):
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    words = {"vocab_size": 30, "max_position_embeddings": 8, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    clip = CLIPModel(CLIPConfig(text_config=sizes | words, vision_config=sizes | {"image_size": 16, "patch_size": 8}))
    clip.save_pretrained(tmp_path / "clip")
    config.text_model_name_or_path = str(tmp_path / "clip")
    network = MicronBertForContrastiveLearning(config).eval()
    network.load_text_model()
    ids = torch.tensor([[1, 5, 6, 2], [1, 7, 2, 2]])
    with torch.no_grad():
        pooled = clip.text_model(ids).pooler_output
        expected = torch.nn.functional.normalize(network.text.projection(pooled), dim=-1)
        assert torch.allclose(network.get_text_features(ids), expected, atol=1e-5)
    assert not any(part.requires_grad for part in network.text.model.parameters())
    network.save_pretrained(tmp_path / "model")
    for path in (tmp_path / "clip").iterdir():  # what is saved needs the other model no more
        path.unlink()
    again = MicronBertForContrastiveLearning.from_pretrained(tmp_path / "model").eval()
    with torch.no_grad():
        assert torch.equal(*(one(ids, clips).logits_per_video for one in (network, again)))

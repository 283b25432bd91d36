import pytest
from transformers import AutoTokenizer

from micron_bert.checkpoints.unit_tokenizer import unit_tokenizer
from micron_bert.model.contrastive_micron_bert import attribute_vocabulary

VOCABULARY = attribute_vocabulary(["1", "4", "7", "9", "12", "14"])


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    """As it comes back from a folder."""
    folder = tmp_path_factory.mktemp("tokenizer")
    unit_tokenizer(VOCABULARY).save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize(
    "phrase, words",
    [
        ("4 7", ["4", "7"]),
        ("AU4+AU 12", ["4", "12"]),
        ("L12, r14", ["L12", "R14"]),
        ("left dimpler and nose wrinkler", ["L14", "9"]),
        ("Inner Brow Raiser; brow-lowerer", ["1", "4"]),
        ("right lip corner puller", ["R12"]),
        ("negative", ["negative"]),
        ("none", ["none"]),
    ],
)
def test_phrases_of_units_become_the_ids_of_the_model(tokenizer, phrase, words):
    assert tokenizer(phrase)["input_ids"] == [VOCABULARY[word] for word in words]


def test_what_is_no_attribute_is_unknown_and_a_batch_is_padded(tokenizer):
    batch = tokenizer(["4 7", "moustache"], padding=True, return_tensors="pt")
    assert batch["input_ids"].tolist() == [[VOCABULARY["4"], VOCABULARY["7"]], [1, 0]]
    assert batch["attention_mask"].tolist() == [[1, 1], [1, 0]]
    assert tokenizer("jaw drop")["input_ids"] == [1, 1]  # a unit, but none that this model tells

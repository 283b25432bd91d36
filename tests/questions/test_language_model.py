from dataclasses import replace

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, pipeline

from micron_bert.errors import InputError
from micron_bert.questions.language_model import RULES, LanguageModel, facts, messages
from micron_bert.questions.question import NoAnswer

QUESTION = "What are the action units?"


@pytest.fixture(scope="module")
def chat():
    """A chat model of a few thousand numbers, made on the spot."""
    words = ["[UNK]", "<s>", "</s>", *"brow lowerer lid tightener both it was not measured .".split()]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    template = "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}assistant: "
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", eos_token="</s>", pad_token="</s>", chat_template=template
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=2, max_position_embeddings=2048, bos_token_id=1, eos_token_id=2, pad_token_id=2,
    )  # fmt: skip
    return pipeline("text-generation", model=LlamaForCausalLM(config), tokenizer=fast, device="cpu")


def test_a_chat_model_words_the_answer_and_the_answer_itself_comes_along(chat, film):
    words, told = LanguageModel(chat, max_new_tokens=8).word(QUESTION, film)
    assert isinstance(words, str)
    assert told.text == "brow lowerer, lid tightener"


def test_the_model_gets_what_was_measured_and_the_rules(film):
    chat = messages(QUESTION, facts(film))
    assert chat[0] == {"role": "system", "content": RULES} and "not measured" in RULES
    text = chat[1]["content"]
    assert "AU4 brow lowerer, both, .91" in text and "AU12 lip corner puller, both, .06" not in text
    assert '"region": "brows"' in text and text.endswith(QUESTION)


class Seeing:
    """Takes what an image-text-to-text pipeline takes, and keeps it."""

    task = "image-text-to-text"

    def __call__(self, text, **options):
        self.chat = text
        return [{"generated_text": "The brows moved."}]


def test_a_model_that_sees_gets_the_map_as_a_picture(film):
    class Pair:
        residue = np.zeros(2)
        frames = np.full((2, 32, 32, 3), 90, np.uint8)

    shown = replace(film, pair=Pair, micro_map=np.eye(4, dtype=np.float32))
    seeing = Seeing()
    words, _ = LanguageModel(seeing).word(QUESTION, shown)
    picture = seeing.chat[1]["content"][0]
    assert words == "The brows moved." and picture["type"] == "image" and np.ptp(np.asarray(picture["image"])) > 50


def test_what_cannot_be_answered_never_reaches_the_model(chat, film):
    with pytest.raises(NoAnswer):
        LanguageModel(chat).word("Is the person lying?", film)
    other = Seeing()
    other.task = "fill-mask"
    with pytest.raises(InputError, match="does `fill-mask`"):
        LanguageModel(other)

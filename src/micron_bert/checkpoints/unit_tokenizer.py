"""A tokenizer of the library for phrases of action units, so that a contrastive model reads them without our code."""

from collections.abc import Mapping

from micron_bert.labels.unit_names import NAMES

PREFIXES = {"": "", "left ": "L", "right ": "R"}


def unit_tokenizer(vocabulary: Mapping[str, int]):
    """
    A tokenizer for phrases such as `4 7`, `AU12`, `L12`, `left dimpler and nose wrinkler`, `negative` or `none`.

    It knows the names of the facial action coding system in the right spelling; what is misspelt goes through
    [`~micron_bert.labels.unit_names.units_in`] first. A word that is no attribute becomes `[UNK]`, which the model
    refuses.

    Args:
        vocabulary (`Mapping[str, int]`): of [`~micron_bert.model.contrastive_micron_bert.attribute_vocabulary`].

    Returns:
        `PreTrainedTokenizerFast`: with `input_ids` and `attention_mask`; `AutoTokenizer` loads what it saves.
    """
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    # the longest names first: `inner brow raiser` holds `brow raiser`
    named = sorted(
        ((before + name, side + number) for name, number in NAMES.items() for before, side in PREFIXES.items()),
        key=lambda one: -len(one[0]),
    )
    rules = [
        normalizers.Lowercase(),
        normalizers.Replace(Regex(r"[-_\s]+"), " "),
        normalizers.Replace(Regex(r"\bau ?(?=\d)"), ""),
        *(normalizers.Replace(Regex(rf"\b{name}\b"), code.lower()) for name, code in named if code in vocabulary),
        normalizers.Replace(Regex(r"\b(and|with)\b"), " "),
    ]
    words = {word.lower() if word[0] != "[" else word: number for word, number in vocabulary.items()}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(rules)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s,;+&/]+"), "removed")
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        model_input_names=["input_ids", "attention_mask"],
    )

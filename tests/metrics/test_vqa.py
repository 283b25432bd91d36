import pytest

from micron_bert.errors import InputError
from micron_bert.metrics.vqa import class_scores, label_in, score_answers, text_scores

COARSE, FINE, UNITS = (
    "What is the coarse expression class?", "What is the fine-grained expression class?", "What are the action units?",
)  # fmt: skip


def test_only_the_labels_present_count():
    uf1, uar = class_scores(["negative", "negative", "positive"], ["negative", "surprise", "positive"])
    assert uf1 == pytest.approx((2 / 3 + 1) / 2) and uar == pytest.approx(0.75)
    assert class_scores(["negative", None], ["negative", "positive"]) == (1.0, 1.0)
    with pytest.raises(InputError, match="no true class"):
        class_scores([None], ["negative"])


def test_a_class_is_found_in_a_sentence():
    labels = ("negative", "positive", "surprise")
    assert label_in("The coarse expression class is surprise, not negative.", labels) == "surprise"
    assert label_in("Positive", labels) == "positive" and label_in("confused", labels) is None


def test_both_forms_of_the_text_scores():
    pytest.importorskip("nltk", reason="belongs to an extra")
    reference = "the action units present are brow lowerer and lid tightener"
    same = text_scores([reference], [reference])
    assert all(value == pytest.approx(1) for value in same.values())
    # an answer of one word has no longer n-grams: smoothed it is (1 · .1 · .1 · .1)^¼, else nothing
    short = text_scores(["negative"], ["Negative"])
    assert short["sentence_bleu"] == pytest.approx(0.1**0.75) and short["corpus_bleu"] == 0
    assert short["rouge1_recall"] == short["rouge1_f1"] == 1
    half = text_scores(["brow lowerer, lid tightener"], ["brow lowerer"])
    assert half["rouge1_recall"] == pytest.approx(0.5) and half["rouge1_f1"] == pytest.approx(2 / 3)
    with pytest.raises(InputError, match="As many answers"):
        text_scores(["a"], [])


def test_all_scores_of_a_file():
    pytest.importorskip("nltk", reason="belongs to an extra")
    scores = score_answers(
        [COARSE, FINE, UNITS, UNITS, UNITS],
        ["negative", "anger", "brow lowerer, lid tightener", "dimpler", "cheek raiser"],
        ["negative", "fear", "lid tightener, brow lowerer", "chin raiser", "Cheek raiser."],
    )
    assert (scores["uf1_coarse"], scores["uf1_fine"], scores["answers"]) == (1.0, 0.0, 5)
    # of the questions for units alone: two of three, where one of two others is answered rightly
    assert scores["units_exact"] == pytest.approx(2 / 3)

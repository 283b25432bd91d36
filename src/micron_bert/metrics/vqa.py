"""Scores of answers in words, as the grand challenges of 2025 and 2026 on visual question answering have them."""

import re
from collections.abc import Sequence

import numpy as np

from micron_bert.errors import InputError
from micron_bert.metrics.classes import f1_per_class, recall_per_class

COARSE_LABELS = ("negative", "positive", "surprise")
FINE_LABELS = ("happiness", "surprise", "fear", "disgust", "anger", "sadness", "repression", "contempt")
COARSE_QUESTION = "what is the coarse expression class?"
FINE_QUESTION = "what is the fine-grained expression class?"
UNIT_QUESTIONS = ("what are the action units?", "what is the action unit?")
NEEDED = "python -m pip install 'micron-bert[vqa]'"


def class_scores(labels: Sequence[str | None], predictions: Sequence[str | None]) -> tuple[float, float]:
    """
    UF1 and UAR over the labels that are present; other answers add no class.

    Args:
        labels (`Sequence[str]` of length N): the true classes; rows without one do not count.
        predictions (`Sequence[str]` of length N): the classes named; None, or another word, is wrong.
    """
    known = [number for number, label in enumerate(labels) if label is not None]
    present = sorted({labels[number] for number in known})
    if not present:
        raise InputError("There is no true class to score.")
    place = {label: number for number, label in enumerate(present)}
    other = len(present)  # an answer without a class is wrong, and counts for no other class
    truth = np.array([place[labels[number]] for number in known])
    named = np.array([place.get(predictions[number], other) for number in known])
    count = len(present) + 1
    f1, recall = f1_per_class(truth, named, count)[:-1], recall_per_class(truth, named, count)[:-1]
    return float(f1.mean()), float(recall.mean())


def label_in(text: str, labels: Sequence[str]) -> str | None:
    """The class that an answer names: after `class is`, else the first that occurs in it."""
    text = text.lower()
    said = re.search(r"class is (\w+)", text)
    if said and said[1] in labels:
        return said[1]
    places = {label: found.start() for label in labels if (found := re.search(rf"\b{label}\b", text))}
    return min(places, key=places.get) if places else None


def check_packages() -> None:
    """Raises ImportError where a library is not installed that [`text_scores`] needs."""
    try:
        import nltk  # noqa: F401
        import rouge_score  # noqa: F401
        import sacrebleu  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"`{error.name}` is not installed, which scores of answers need: {NEEDED}", name=error.name
        ) from error


def text_scores(references: Sequence[str], predictions: Sequence[str]) -> dict[str, float]:
    """
    BLEU and ROUGE-1 in both forms that circulate.

    Returns:
        `dict`: `sentence_bleu` (mean over the answers of sentence BLEU-4 with NLTK's smoothing method 1, on words
        between spaces) and `rouge1_recall` (stemmed), as in code of 2025; `corpus_bleu` (BLEU-4 of all answers
        together, unsmoothed, without punctuation) and `rouge1_f1`, as in code of 2026. Both ignore case.

    Raises:
        [`InputError`]: nothing to score, or unequal lengths.
        ImportError: a library is not installed.
    """
    if not references or len(references) != len(predictions):
        raise InputError(f"As many answers as true ones are needed, got {len(predictions)} for {len(references)}.")
    check_packages()
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
    from rouge_score.rouge_scorer import RougeScorer
    from sacrebleu.metrics import BLEU

    references, predictions = ([text.strip().lower() for text in texts] for texts in (references, predictions))
    smooth, stemmed = SmoothingFunction().method1, RougeScorer(["rouge1"], use_stemmer=True)
    plain = RougeScorer(["rouge1"])
    pairs = list(zip(references, predictions, strict=True))
    sentences = [
        sentence_bleu([reference.split()], said.split(), smoothing_function=smooth) if said and reference else 0.0
        for reference, said in pairs
    ]
    words = [[" ".join(_words(text)) for text in texts] for texts in (predictions, references)]
    corpus = BLEU(tokenize="none", smooth_method="none", force=True).corpus_score(words[0], [words[1]])
    return {
        "sentence_bleu": float(np.mean(sentences)),
        "rouge1_recall": float(np.mean([stemmed.score(*pair)["rouge1"].recall for pair in pairs])),
        "corpus_bleu": corpus.score / 100,
        "rouge1_f1": float(np.mean([plain.score(*pair)["rouge1"].fmeasure for pair in pairs])),
    }


def score_answers(questions: Sequence[str], references: Sequence[str], predictions: Sequence[str]) -> dict[str, float]:
    """
    All scores of the challenges.

    Args:
        questions, references, predictions (`Sequence[str]` of length N): what was asked, the true answers, and those
            to score.

    Returns:
        `dict`: `uf1_coarse`, `uar_coarse`, `uf1_fine`, `uar_fine` over the labels present, where the class is asked
        for; `units_exact`, the share of the questions for all units answered with the very set; what
        [`text_scores`] gives; `answers`.
    """
    asked = [" ".join(question.lower().split()) for question in questions]
    scores: dict[str, float] = {}
    for name, question, labels in (("coarse", COARSE_QUESTION, COARSE_LABELS), ("fine", FINE_QUESTION, FINE_LABELS)):
        rows = [number for number, one in enumerate(asked) if one == question]
        truth = [label_in(references[number], labels) for number in rows]
        if any(truth):
            named = [label_in(predictions[number], labels) for number in rows]
            scores[f"uf1_{name}"], scores[f"uar_{name}"] = class_scores(truth, named)
    rows = [number for number, one in enumerate(asked) if one in UNIT_QUESTIONS]
    if rows:
        same = [_set(references[number]) == _set(predictions[number]) for number in rows]
        scores["units_exact"] = float(np.mean(same))
    return scores | text_scores(references, predictions) | {"answers": len(asked)}


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+(?:'[a-z0-9]+)?", text)


def _set(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.lower().strip(" .").split(",") if part.strip())

"""Scores of answers to the questions of the micro-expression grand challenges, as a module of `evaluate`."""

import re

import datasets
import evaluate
import numpy as np
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU
from sklearn.metrics import f1_score, recall_score

DESCRIPTION = """
Answers to the questions of ME-VQA (MEGC 2025 and 2026). UF1 and UAR of the coarse and the fine-grained class over the
labels present in the true answers. BLEU and ROUGE-1 in both forms that circulate: `sentence_bleu` (mean of sentence
BLEU-4, NLTK's smoothing method 1) with `rouge1_recall` (stemmed); `corpus_bleu` (BLEU-4 of all answers together, not
smoothed) with `rouge1_f1`. They differ much for answers of a word or two, so say which you quote.
"""

INPUTS = """
Args:
    predictions, references (list of str): the answers, and the true ones.
    questions (list of str): what was asked.
Returns:
    uf1_coarse, uar_coarse, uf1_fine, uar_fine (where such questions are asked), sentence_bleu, rouge1_recall,
    corpus_bleu, rouge1_f1.
Examples:
    >>> metric = evaluate.load("me_vqa")
    >>> asked = ["What is the coarse expression class?"]
    >>> metric.compute(predictions=["negative"], references=["negative"], questions=asked)["uf1_coarse"]
    1.0
"""

CITATION = """
@misc{fan2026megc,
  title={{MEGC2026}: Micro-Expression Grand Challenge on Visual Question Answering},
  author={Fan, Xinqi and Li, Jingting and See, John and Yap, Moi Hoon and Wang, Su-Jing and Davison, Adrian K.},
  year={2026},
  eprint={2603.08927},
  archivePrefix={arXiv}
}
"""

CLASSES = {
    "coarse": ("what is the coarse expression class?", ("negative", "positive", "surprise")),
    "fine": (
        "what is the fine-grained expression class?",
        ("happiness", "surprise", "fear", "disgust", "anger", "sadness", "repression", "contempt"),
    ),
}


class MicroExpressionVQA(evaluate.Metric):
    def _info(self):
        text = datasets.Value("string")
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation=CITATION,
            inputs_description=INPUTS,
            features=datasets.Features({"predictions": text, "references": text, "questions": text}),
        )

    def _compute(self, predictions, references, questions):
        asked = [" ".join(question.lower().split()) for question in questions]
        scores = {}
        for name, (question, labels) in CLASSES.items():
            rows = [number for number, one in enumerate(asked) if one == question]
            truth = [_label(references[number], labels) for number in rows]
            rows = [number for number, label in zip(rows, truth, strict=True) if label]
            truth = [label for label in truth if label]
            if truth:
                named = [_label(predictions[number], labels) or "other" for number in rows]
                present = sorted(set(truth))
                settings = {"labels": present, "average": "macro", "zero_division": 0}
                scores[f"uf1_{name}"] = float(f1_score(truth, named, **settings))
                scores[f"uar_{name}"] = float(recall_score(truth, named, **settings))
        return scores | _texts([text.strip().lower() for text in references], [t.strip().lower() for t in predictions])


def _label(text, labels):
    text = text.lower()
    said = re.search(r"class is (\w+)", text)
    if said and said[1] in labels:
        return said[1]
    places = {label: found.start() for label in labels if (found := re.search(rf"\b{label}\b", text))}
    return min(places, key=places.get) if places else None


def _texts(references, predictions):
    smooth = SmoothingFunction().method1
    stemmed, plain = RougeScorer(["rouge1"], use_stemmer=True), RougeScorer(["rouge1"])
    pairs = list(zip(references, predictions, strict=True))
    sentences = [
        sentence_bleu([true.split()], said.split(), smoothing_function=smooth) if true and said else 0.0
        for true, said in pairs
    ]
    words = [
        [" ".join(re.findall(r"[a-z0-9]+(?:'[a-z0-9]+)?", text)) for text in texts]
        for texts in (predictions, references)
    ]
    corpus = BLEU(tokenize="none", smooth_method="none", force=True).corpus_score(words[0], [words[1]])
    return {
        "sentence_bleu": float(np.mean(sentences)),
        "rouge1_recall": float(np.mean([stemmed.score(*pair)["rouge1"].recall for pair in pairs])),
        "corpus_bleu": corpus.score / 100,
        "rouge1_f1": float(np.mean([plain.score(*pair)["rouge1"].fmeasure for pair in pairs])),
    }

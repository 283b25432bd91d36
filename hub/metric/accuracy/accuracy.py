"""Accuracy of micro-expression recognition, as a module of `evaluate` that needs no hub."""

import datasets
import evaluate
from sklearn.metrics import accuracy_score

DESCRIPTION = """
Share of the samples whose class was named, on the predictions of all folds together: not the mean over the folds.
"""

INPUTS = """
Args:
    predictions, references (list of int): class indices.
Returns:
    accuracy (float): between 0 and 1.
Examples:
    >>> evaluate.load("accuracy").compute(predictions=[0, 1, 1, 2], references=[0, 1, 2, 2])
    {'accuracy': 0.75}
"""


class Accuracy(evaluate.Metric):
    def _info(self):
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation="",
            inputs_description=INPUTS,
            features=datasets.Features(
                {"predictions": datasets.Value("int64"), "references": datasets.Value("int64")}
            ),
        )

    def _compute(self, predictions, references):
        return {"accuracy": float(accuracy_score(references, predictions))}

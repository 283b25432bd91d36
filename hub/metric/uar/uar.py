"""UAR of micro-expression recognition, as a module of `evaluate`."""

import datasets
import evaluate
from sklearn.metrics import recall_score

DESCRIPTION = """
Unweighted average recall: the mean over the classes of TP / n, on the predictions of all folds together (MEGC 2019).
A class that does not occur counts as 0.
"""

INPUTS = """
Args:
    predictions, references (list of int): class indices from 0.
    num_classes (int, optional): number of classes; one more than the largest index when left out.
Returns:
    uar (float): between 0 and 1.
Examples:
    >>> evaluate.load("uar").compute(predictions=[0, 1, 1, 2], references=[0, 1, 2, 2])
    {'uar': 0.8333333333333334}
"""

CITATION = """
@inproceedings{see2019megc,
  title={MEGC 2019 -- The Second Facial Micro-Expressions Grand Challenge},
  author={See, John and Yap, Moi Hoon and Li, Jingting and Hong, Xiaopeng and Wang, Su-Jing},
  booktitle={IEEE International Conference on Automatic Face and Gesture Recognition},
  year={2019}
}
"""


class UAR(evaluate.Metric):
    def _info(self):
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation=CITATION,
            inputs_description=INPUTS,
            features=datasets.Features(
                {"predictions": datasets.Value("int64"), "references": datasets.Value("int64")}
            ),
        )

    def _compute(self, predictions, references, num_classes=None):
        classes = range(num_classes or max(max(predictions), max(references)) + 1)
        return {"uar": float(recall_score(references, predictions, labels=classes, average="macro", zero_division=0))}

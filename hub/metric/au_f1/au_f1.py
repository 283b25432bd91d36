"""F1 of action units, both averages, as a module of `evaluate`."""

import datasets
import evaluate
import numpy as np
from sklearn.metrics import f1_score

DESCRIPTION = """
F1 of the presence of each action unit on the predictions of all folds together, and their mean ("AUs average"). Where
it is told which dataset a sample is from, also the mean over the datasets of the mean F1 within each of them
("Datasets average"), as the cross-dataset benchmark CD6ME has it. A unit that neither occurs nor was predicted counts
as 0.
"""

INPUTS = """
Args:
    predictions, references (list of lists of int): 0 or 1 per sample and action unit.
    source (list of str, optional): the dataset that each sample is from.
Returns:
    aus_average (float), by_unit (list of float), and datasets_average (float) where `source` is given.
Examples:
    >>> metric = evaluate.load("au_f1")
    >>> metric.compute(predictions=[[1, 0], [1, 1]], references=[[1, 0], [0, 1]])
    {'aus_average': 0.8333333333333333, 'by_unit': [0.6666666666666666, 1.0]}
"""

CITATION = """
@article{varanka2023data,
  title={Data Leakage and Evaluation Issues in Micro-Expression Analysis},
  author={Varanka, Tuomas and Li, Yante and Peng, Wei and Zhao, Guoying},
  journal={IEEE Transactions on Affective Computing},
  year={2023}
}
"""


class ActionUnitF1(evaluate.Metric):
    def _info(self):
        units = datasets.Sequence(datasets.Value("int64"))
        return evaluate.MetricInfo(
            description=DESCRIPTION,
            citation=CITATION,
            inputs_description=INPUTS,
            features=datasets.Features({"predictions": units, "references": units}),
        )

    def _compute(self, predictions, references, source=None):
        predictions, references = np.asarray(predictions), np.asarray(references)
        by_unit = f1_score(references, predictions, average=None, zero_division=0)
        scores = {"aus_average": float(by_unit.mean()), "by_unit": by_unit.tolist()}
        if source is not None:
            if len(source) != len(references):
                raise ValueError(f"`source` must name one dataset for each of the `{len(references)}` samples.")
            parts = [np.asarray(source) == name for name in sorted(set(source))]
            each = [f1_score(references[p], predictions[p], average="macro", zero_division=0) for p in parts]
            scores["datasets_average"] = float(np.mean(each))
        return scores

"""Scores as the Hub has them: the `model-index` of a model card, one entry for each score."""

from collections.abc import Mapping

FULL = "Full"  # name of the column that holds all datasets
TITLES = {
    "uf1": "UF1",
    "uar": "UAR",
    "accuracy": "Accuracy",
    "weighted_f1": "Weighted F1",
    "aus_average": "F1, AUs average",
    "datasets_average": "F1, datasets average",
}
# the modules of `evaluate` that compute them; UF1 and UAR are their macro averages
_METRICS = {"uar": "recall", "accuracy": "accuracy"}


def scores_of(report: Mapping) -> list[str]:
    """Names of the scores that a report has, in the order of tables."""
    return [name for name in TITLES if name in report["full"]]


def columns_of(report: Mapping) -> dict[str, dict]:
    """The whole of a report and each of its datasets."""
    return {FULL: report["full"], **report["datasets"]}


def report_results(report: Mapping) -> list:
    """The scores of an evaluation's report, as `huggingface_hub.EvalResult`."""
    mark = " (oracle: epochs chosen on the test subjects)" if report["oracle"] else ""
    mark += " (the model may have seen these faces)" if report["known_faces"] else ""
    entries = []
    for name, column in columns_of(report).items():
        data = "+".join(report["data"]) if name == FULL else name
        config = f"{data}, {report['protocol']}, {report['method']}"
        arguments = {"protocol": report["protocol"], "clips": column["clips"], "subjects": column["subjects"]}
        entries += [
            _result("micro-expression", data, config, score, TITLES[score] + mark, column[score]["mean"], arguments)
            for score in scores_of(report)
        ]
    return entries


def benchmark_results(results: Mapping) -> list:
    """The scores of a synthetic benchmark in a checkpoint's results, as `huggingface_hub.EvalResult`."""
    benchmark = results.get("benchmark", {})
    kind, data = benchmark.get("type", "synthetic-micro-expressions"), benchmark.get("name", "unnamed")
    return [
        _result(kind, data, entry["part"], score, f"{TITLES[score]}, {entry['part']}", entry[score])
        for entry in results.get("results", ())
        for score in ("uf1", "uar")
    ]


def _result(kind: str, data: str, config: str, score: str, title: str, value: float, arguments: dict | None = None):
    from huggingface_hub import EvalResult

    return EvalResult(
        task_type="video-classification",
        task_name="micro-expression recognition",
        dataset_type=kind,
        dataset_name=data,
        dataset_config=config,
        dataset_args=arguments,
        metric_type=_METRICS.get(score, "f1"),
        metric_name=title,
        metric_value=round(value, 4),
    )

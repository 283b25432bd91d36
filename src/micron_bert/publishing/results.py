"""Measured results of a checkpoint: `evaluation.json` beside its weights, which the model card is filled from."""

import json
from pathlib import Path

from micron_bert.errors import InputError
from micron_bert.synthesis.face_sets import check_face_sets

RESULTS_FILE = "evaluation.json"
ATTRIBUTES = ("age", "sex", "skin type")  # by which differences are to be measured


def read_results(folder: Path) -> dict:
    """
    The results of a checkpoint; empty where it has none.

    The file holds, each of them optional:

    - **training** -- `summary` (a sentence or more), `command`, `commit`, `seed`, `faces` (keys of `FACE_SETS`) and
      `people` (number trained on)
    - **benchmark** -- what was measured on: `name`, `summary`, `command`, `samples`, `people`, and `real`, whether
      these were recordings of real micro-expressions
    - **results** -- a list of `part`, `uf1`, `uar`, and optionally `baseline` with the `uf1` and `uar` of another
      method, which the entry **baseline** of the file describes
    - **false_alarms** -- `rate`, the share of faces without expression that were called one, and optionally `baseline`
    - **groups** -- differences between people held out: a list of `attribute` (`age`, `sex`, `skin type`), `group`,
      `people`, `samples`, `uf1`, `uar`, and optionally `interval`, the 95 % interval of `uf1`; **groups_summary** says
      in a sentence how they were measured. `python -m benchmarks.groups --write` writes both
    - **limits** -- sentences about where it was seen to fail

    Args:
        folder (`Path`):
            The checkpoint.

    Raises:
        [`InputError`]: the file is damaged, a score is no number between 0 and 1, or a set of faces is not known.
    """
    path = folder / RESULTS_FILE
    if not path.is_file():
        return {}
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        check_face_sets(results.get("training", {}).get("faces", ()))
        scored = [*results.get("results", ()), *results.get("groups", ())]
        scored += [entry["baseline"] for entry in scored if "baseline" in entry]
        scores = [entry[name] for entry in scored for name in ("uf1", "uar")]
        scores += [bound for entry in scored for bound in _both(entry.get("interval", (0, 0)))]
        for score in scores:
            if not 0 <= score <= 1:
                raise InputError(f"`{path}` has the score `{score}`; scores lie between 0 and 1.")
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise InputError(f"`{path}` is no table of results ({reason}); correct it or delete it.") from error
    return results


def _both(bounds) -> tuple[float, float]:
    """The two bounds of an interval."""
    low, high = bounds
    return low, high


def unmeasured(results: dict) -> list[str]:
    """The attributes by which differences have not been measured."""
    measured = {entry["attribute"] for entry in results.get("groups", ())}
    return [attribute for attribute in ATTRIBUTES if attribute not in measured]


def model_index(results: dict) -> list:
    """The results in the Hub's form, a list of `huggingface_hub.EvalResult`."""
    from huggingface_hub import EvalResult

    benchmark = results.get("benchmark", {})
    entries = []
    for entry in results.get("results", ()):
        for metric, kind in (("uf1", "f1"), ("uar", "recall")):
            entries.append(
                EvalResult(
                    task_type="video-classification",
                    task_name="micro-expression recognition",
                    dataset_type=benchmark.get("type", "synthetic-micro-expressions"),
                    dataset_name=benchmark.get("name", "unnamed"),
                    dataset_config=entry["part"],
                    metric_type=kind,
                    metric_name=f"{metric.upper()}, {entry['part']}",
                    metric_value=entry[metric],
                )
            )
    return entries

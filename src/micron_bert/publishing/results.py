"""Measured results of a checkpoint: `evaluation.json` beside its weights, which the model card is filled from."""

import json
from collections.abc import Sequence
from pathlib import Path

from micron_bert.arguments.evaluation import PROTOCOLS
from micron_bert.checkpoints.names import weights_key
from micron_bert.errors import InputError
from micron_bert.evaluation.model_index import TITLES, report_results, scores_of
from micron_bert.evaluation.report import read_report
from micron_bert.synthesis.clips.settings import SYNTHETIC
from micron_bert.synthesis.face_sets import check_face_sets

RESULTS_FILE = "evaluation.json"
NUMBER = int | float
_SCORES = {"uf1": NUMBER, "uar": NUMBER}
# of the file's entries, those that a card shows; a question mark: it may be missing
SHAPE = {
    "training?": {
        "summary": str, "command?": str, "commit?": str, "seed?": int, "faces?": [str], "people?": int
    },
    "benchmark?": {"name?": str, "summary?": str, "command?": str, "type?": str, "real?": bool},
    "results?": [{"part": str, **_SCORES, "baseline?": _SCORES}],
    "baseline?": str,
    "false_alarms?": {"rate": NUMBER, "baseline?": NUMBER},
    "groups?": [{"attribute": str, "group": str, "people": int, "samples": int, **_SCORES, "interval?": list}],
    "groups_summary?": str,
    "evaluations?": [{"method": str, "protocol": str, "clips": str, "data": [str], "full": dict, "datasets": dict}],
    "limits?": [str],
}  # fmt: skip
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
    - **evaluations** -- reports of `micron-bert evaluate`, which `micron-bert publish --evaluation` puts there
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
        _check_shape(results, SHAPE, "it")
        check_face_sets(results.get("training", {}).get("faces", ()))
        scored = [*results.get("results", ()), *results.get("groups", ())]
        scored += [entry["baseline"] for entry in scored if "baseline" in entry]
        scores = [entry[name] for entry in scored for name in ("uf1", "uar")]
        scores += [
            report["full"][name]["mean"] for report in results.get("evaluations", ()) for name in scores_of(report)
        ]
        scores += [report["rate"] for report in (results.get("false_alarms"),) if report is not None]
        evaluation_rows(results), [report_results(report) for report in results.get("evaluations", ())]
        scores += [bound for entry in scored for bound in _both(entry.get("interval", (0, 0)))]
        for score in scores:
            if not 0 <= score <= 1:
                raise InputError(f"`{path}` has the score `{score}`; scores lie between 0 and 1.")
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise InputError(f"`{path}` is no table of results ({reason}); correct it or delete it.") from error
    return results


def _check_shape(value, shape, name: str) -> None:
    """Raises TypeError, or KeyError for a missing entry, where a value is not as [`SHAPE`] has it."""
    kind = type(shape) if isinstance(shape, dict | list) else shape
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        words = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false"}
        raise TypeError(f"{name} is not {words.get(kind, 'a number')}")
    if isinstance(shape, list):
        for one in value:
            _check_shape(one, shape[0], f"an entry of {name}")
    elif isinstance(shape, dict):
        for key, inner in shape.items():
            optional = key.endswith("?")
            key = key.removesuffix("?")
            if key in value:
                _check_shape(value[key], inner, f"`{key}`")
            elif not optional:
                raise KeyError(key)


def _both(bounds) -> tuple[float, float]:
    """The two bounds of an interval."""
    low, high = bounds
    return low, high


def unmeasured(results: dict) -> list[str]:
    """The attributes by which differences have not been measured."""
    measured = {entry["attribute"] for entry in results.get("groups", ())}
    return [attribute for attribute in ATTRIBUTES if attribute not in measured]


def with_evaluations(results: dict, folders: Sequence[Path], checkpoint: Path) -> dict:
    """
    The results of a checkpoint, with those that `micron-bert evaluate` found.

    Args:
        results (`dict`):
            What [`read_results`] gave.
        folders (`Sequence[Path]`):
            Folders of evaluations.
        checkpoint (`Path`):
            The model whose results these are.

    Raises:
        [`InputError`]: an evaluation is not finished, is of other weights, or chose its epochs on the test subjects.
    """
    own, added = weights_key(str(checkpoint)), []
    for folder in folders:
        report = read_report(folder)
        if report.get("weights") is None or report["weights"] != own:
            raise InputError(
                f"`{folder}` is an evaluation of `{report.get('method')}`, not of the weights in `{checkpoint}`; "
                "evaluate these, or leave that folder out."
            )
        if report["oracle"]:
            raise InputError(
                f"`{folder}` chose its epochs on the test subjects; such numbers are not published. Evaluate with "
                "`--choose_epoch inner` or `fixed`."
            )
        try:
            added.append(_for_the_card(report))
            evaluation_rows({"evaluations": added}), report_results(report)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise InputError(f"`report.json` in `{folder}` is none of `micron-bert evaluate` ({error}).") from error
    before = [one for one in results.get("evaluations", ()) if _which(one) not in map(_which, added)]
    return {**results, "evaluations": [*before, *added]} if added else results


def _for_the_card(report: dict) -> dict:
    """What others need of a report: no names of subjects, and nothing about single classes."""
    kept = {name: value for name, value in report.items() if name != "subjects"}
    parts = {name: _summary(part) for name, part in report["datasets"].items()}
    return {**kept, "full": _summary(report["full"]), "datasets": parts}


def _summary(part: dict) -> dict:
    return {name: value for name, value in part.items() if name not in ("confusion_matrix", "by_class")}


def _which(report: dict) -> tuple:
    return report["protocol"], report["method"], report["clips"]


def evaluation_rows(results: dict) -> list[dict]:
    """A row of the card's table for each evaluation: `data`, `protocol`, `method`, `clips`, `subjects`, `scores`."""
    rows = []
    for report in results.get("evaluations", ()):
        full = report["full"]
        scores = [f"{TITLES[name]} {full[name]['mean']:.3f}" + _interval(full[name]) for name in scores_of(report)[:2]]
        rows.append(
            {
                "data": ", ".join(report["data"]),
                "protocol": PROTOCOLS[report["protocol"]],
                "method": report["method"] + (" (it may have seen these faces)" if report["known_faces"] else ""),
                "clips": full["clips"],
                "subjects": full["subjects"],
                "scores": "; ".join(scores),
            }
        )
    return rows


def _interval(score: dict) -> str:
    return " [{:.3f}, {:.3f}]".format(*score["interval"]) if score["interval"] else ""


def measured_on_recordings(results: dict) -> bool:
    """Whether any of the results is about real micro-expressions."""
    real = [set(report["data"]) - {SYNTHETIC} for report in results.get("evaluations", ())]
    return results.get("benchmark", {}).get("real", False) or any(real)

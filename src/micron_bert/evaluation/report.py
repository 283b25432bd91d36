"""The files of an evaluation: `report.json`, `report.md` and `model_index.yaml`."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

import yaml
from huggingface_hub.repocard_data import eval_results_to_model_index

from micron_bert.arguments.evaluation import PROTOCOLS
from micron_bert.errors import InputError
from micron_bert.escaping import for_markdown
from micron_bert.evaluation.model_index import TITLES, columns_of, report_results, scores_of
from micron_bert.output_folder import json_text, write_text

ORACLE = (
    "**ORACLE: the epoch of every fold was chosen on its test subjects. These numbers are too good to be compared "
    "with any that were not made this way.**"
)
KNOWN_FACES = (
    "**The model that the folds start from was trained on synthetic movements of published photographs. Where these "
    "clips show the same people, it has seen them before: the scores are then too good for strangers, and the other "
    "methods have not had that help.**"
)


def write_report(report: dict, folder: Path, compare_with: Sequence[str] = ()) -> list[Path]:
    """
    Writes the three files.

    Args:
        report (`dict`):
            What [`~micron_bert.evaluation.evaluate.evaluate`] made; goes to `report.json` as it is.
        folder (`Path`):
            Where to.
        compare_with (`Sequence[str]`):
            Folders of other evaluations of the same clips, whose rows join the table.

    Raises:
        InputError: another evaluation is of other clips or another protocol.
    """
    others = [_read_other(path, report) for path in compare_with]
    index = {"model-index": eval_results_to_model_index(report["method"], report_results(report))}
    return [
        write_text(folder / "report.json", json_text(report)),
        write_text(folder / "report.md", markdown(report, others)),
        write_text(folder / "model_index.yaml", yaml.safe_dump(index, sort_keys=False, allow_unicode=True)),
    ]


def markdown(report: dict, others: Sequence[dict] = ()) -> str:
    """The report for people."""
    several_seeds, oracle, title = len(report["seeds"]) > 1, report["oracle"], PROTOCOLS[report["protocol"]]
    mark = " (ORACLE)" if oracle else ""
    lines = [f"# {title[0].upper()}{title[1:]}: {for_markdown(report['method'])}{mark}", ""]
    lines += [ORACLE, ""] if oracle else []
    lines += [KNOWN_FACES, ""] if report["known_faces"] else []
    seeds = f"seed{'s' if several_seeds else ''} {', '.join(map(str, report['seeds']))}"
    how = f"{report['folds']} folds, {seeds}, epoch: {report['choose_epoch']}"
    lines += [f"{how}. Predictions of all folds are pooled before anything is scored.", ""]
    lines += [f"## Scores{mark}", "", *score_table(report), ""]
    means = "Mean over the seeds, ± the standard deviation over them, and in" if several_seeds else "In"
    lines += [f"{means} brackets the 95 % interval over subjects.", ""]
    lines += [f"## Beside others{mark}", "", *methods_table([*others, report]), ""] if others else []
    lines += [f"## By {'action unit' if report['multi_label'] else 'class'}{mark}", "", *class_table(report), ""]
    if not report["multi_label"]:
        lines += [f"![confusion matrix{mark}](confusion.png)", ""]
    lines += [f"![subjects{mark}](subjects.png)", ""]
    notes = [*report["notes"], *(f"missing: {name}" for name in report["missing"])]
    listed = [f"- {for_markdown(note)}" for note in notes]
    lines += ["## What is not as the protocol has it", "", *listed, ""] if notes else []
    return "\n".join(lines)


def score_table(report: dict) -> list[str]:
    """Scores down, the whole and its datasets across."""
    columns = columns_of(report)
    lines = [_row(["", *columns]), _row(["---", *["---:"] * len(columns)])]
    for count in ("clips", "subjects"):
        lines.append(_row([count.capitalize(), *(str(column[count]) for column in columns.values())]))
    for score in scores_of(report):
        lines.append(_row([TITLES[score], *(_told(column[score]) for column in columns.values())]))
    return lines


def methods_table(reports: Sequence[dict]) -> list[str]:
    """As papers print it: a method a row, the leading two scores of the whole and of each dataset across."""
    columns, scores = list(columns_of(reports[-1])), scores_of(reports[-1])[:2]
    head = [f"{column} {TITLES[score]}" for column in columns for score in scores]
    lines = [_row(["Method", *head]), _row(["---", *["---:"] * len(head)])]
    for report in reports:
        name = report["method"] + (" (ORACLE)" if report["oracle"] else "")
        name += " (may know the faces)" if report.get("known_faces") else ""
        cells = [f"{columns_of(report)[column][score]['mean']:.4f}" for column in columns for score in scores]
        lines.append(_row([name, *cells]))
    return lines


def class_table(report: dict) -> list[str]:
    """Each class or action unit, of the whole."""
    rows = report["full"]["by_class"]
    columns = list(next(iter(rows.values())))
    lines = [_row(["", *(name.replace("f1", "F1") for name in columns)]), _row(["---", *["---:"] * len(columns)])]
    for name, row in rows.items():
        lines.append(_row([name, *(f"{row[c]:.4f}" if isinstance(row[c], float) else str(row[c]) for c in columns)]))
    return lines


def _told(score: dict) -> str:
    text = f"{score['mean']:.4f}"
    text += f" ± {score['spread']:.4f}" if score["spread"] is not None else ""
    return text + (" [{:.4f}, {:.4f}]".format(*score["interval"]) if score["interval"] else "")


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(map(for_markdown, cells)) + " |"


def read_report(folder: str | os.PathLike) -> dict:
    """
    The content of `report.json`.

    Raises:
        InputError: there is none; the evaluation is not finished.
    """
    try:
        report = json.loads(Path(folder, "report.json").read_text(encoding="utf-8"))
        methods_table([report])  # what others read of it
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"`{folder}` has no complete `report.json`; finish that evaluation first.") from error
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise InputError(f"`report.json` in `{folder}` is none of `micron-bert evaluate` ({error}).") from error
    return report


def _read_other(folder: str, report: dict) -> dict:
    other = read_report(folder)
    for name in ("protocol", "clips"):
        if other.get(name) != report[name]:
            raise InputError(f"`{folder}` is an evaluation of another `{name}`; only the same clips can be compared.")
    return other

"""The figures of a report: the confusion matrix and the subjects."""

import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from micron_bert.arguments.evaluation import PROTOCOLS
from micron_bert.data.sources import SOURCES
from micron_bert.output_folder import whole_file
from micron_bert.pictures.figure import (
    BLUE,
    COLUMN,
    GREEN,
    ORANGE,
    PURPLE,
    SMALL,
    check_figures,
    new_figure,
    style,
    to_bytes,
)

COLOURS, MARKERS = (BLUE, ORANGE, GREEN, PURPLE), "os^D"
FEWEST, EACH, MANY = 5, 5, 15  # size of a dot in square points: at least, for each clip, and for so many at most
SUBJECT = 0.14  # inches that the name of a subject needs; with more of them the figure becomes wider than a column
TITLE = 52  # letters that a line of the title has room for
ORACLE = "Oracle: epochs chosen on the test subjects"


def draw_report(report: dict, folder: Path, kinds: Sequence[str] = ("png",)) -> list[Path]:
    """
    `confusion` (for classes) and `subjects`; both tell of an epoch that was chosen on the test subjects.

    Args:
        report (`dict`): what an evaluation made.
        folder (`Path`): where to.
        kinds (`Sequence[str]`, defaults to `("png",)`): of files: `"png"`, `"pdf"`, `"svg"`.

    Raises:
        ImportError: matplotlib is not installed.
    """
    check_figures()
    with style():
        figures = {"subjects": draw_subjects(report)}
        if not report["multi_label"]:
            figures = {"confusion": draw_confusion(report)} | figures
        return [_save(figure, folder / f"{name}.{kind}", kind) for name, figure in figures.items() for kind in kinds]


def draw_confusion(report: dict):
    """Rows are the true classes; shades are shares of a row, numbers are clips."""
    names, counts = report["labels"], np.array(report["full"]["confusion_matrix"])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = new_figure(max(0.8 + 0.46 * len(names), 2.4), max(COLUMN, 1.9 + 0.46 * len(names)), layout="constrained")
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Greys", vmin=0, vmax=1)
    for row, column in np.ndindex(*counts.shape):
        shade = "white" if shares[row, column] > 0.55 else "black"
        text = f"{counts[row, column]}\n{shares[row, column]:.0%}"
        axes.text(column, row, text, ha="center", va="center", color=shade, fontsize=SMALL)
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    figure.suptitle(_title(report, f"UF1 {report['full']['uf1']['mean']:.3f}"), fontsize=SMALL)
    figure.colorbar(image, label="share of the true class", shrink=0.9)
    return figure


def draw_subjects(report: dict):
    """The share of right answers of every subject, with the number of clips, a look for each dataset."""
    people = sorted(report["subjects"].items(), key=lambda item: (item[0].rpartition("/")[0], -item[1]["right"]))
    sources = list(dict.fromkeys(name.rpartition("/")[0] for name, _ in people))
    figure = new_figure(2.6, max(COLUMN, 0.6 + SUBJECT * len(people)), layout="constrained")
    axes = figure.add_subplot()
    for number, source in enumerate(sources):
        places = [place for place, (name, _) in enumerate(people) if name.rpartition("/")[0] == source]
        right = [people[place][1]["right"] for place in places]
        # of one or two clips a share says little: a small dot
        sizes = [FEWEST + EACH * min(people[place][1]["clips"], MANY) for place in places]
        look = {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}
        label = title_of_source(source)
        axes.scatter(places, right, sizes, label=label, edgecolors="black", linewidths=0.4, clip_on=False, **look)
    labels = [f"{name.rpartition('/')[2]} ({row['clips']})" for name, row in people]
    axes.set_xticks(range(len(people)), labels, rotation=90)
    axes.set_xlim(-0.7, len(people) - 0.3)
    axes.set_ylim(0, 1)
    axes.grid(axis="y", color="0.88")
    axes.set_axisbelow(True)
    axes.set_ylabel("share of right answers")
    axes.set_xlabel("subject (clips); a larger dot has more clips")
    count = len(people)
    figure.suptitle(_title(report, f"{count} subject{'' if count == 1 else 's'}"), fontsize=SMALL)
    if len(sources) > 1:
        figure.legend(loc="outside lower center", ncols=min(len(sources), 3), frameon=False)
    return figure


def title_of_source(name: str) -> str:
    """A dataset as people call it, such as `CASME II`; a name that nobody knows as it is."""
    return SOURCES[name].title if name in SOURCES else name


def _title(report: dict, what: str) -> str:
    """Method, protocol and what is shown, in words; a checkpoint by its own name, wherever it lies."""
    method = " ".join(word.rstrip("/").rpartition("/")[2] for word in report["method"].split(" "))
    protocol = PROTOCOLS.get(report["protocol"], report["protocol"])
    lines = textwrap.wrap(f"{method}: {what}", TITLE) + textwrap.wrap(protocol, TITLE)
    return "\n".join([*lines, *([ORACLE] if report["oracle"] else [])])


def _save(figure, path: Path, kind: str) -> Path:
    with whole_file(path) as draft:
        draft.write_bytes(to_bytes(figure, kind))
    return path

"""The pictures of a report: the confusion matrix and the subjects."""

from pathlib import Path

import numpy as np

from micron_bert.output_folder import whole_file

# told apart by the colour-blind, and by their shapes in grey print
COLOURS, MARKERS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7"), "os^D"
FEWEST, EACH, MANY = 6, 6, 15  # size of a dot in square points: at least, for each clip, and for so many at most


def import_figure() -> tuple[type, type]:
    """
    The parts of matplotlib that draw without a screen.

    Raises:
        ImportError: it is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError("The pictures of a report need matplotlib: `pip install matplotlib`.") from error
    return Figure, FigureCanvasAgg


def _figure(width: float, height: float):
    Figure, FigureCanvasAgg = import_figure()
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def draw_report(report: dict, folder: Path) -> list[Path]:
    """`confusion.png` (for classes) and `subjects.png`; both tell of an epoch that was chosen on the test subjects."""
    drawn = [draw_subjects(report, folder / "subjects.png")]
    if not report["multi_label"]:
        drawn.insert(0, draw_confusion(report, folder / "confusion.png"))
    return drawn


def draw_confusion(report: dict, path: Path) -> Path:
    """Rows are the true classes; shades are shares of a row, numbers are clips."""
    names, counts = report["labels"], np.array(report["full"]["confusion_matrix"])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = 1.8 + 0.75 * len(names)
    figure = _figure(side + 0.9, side)
    axes = figure.add_subplot()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*counts.shape):
        shade = "white" if shares[row, column] > 0.55 else "black"
        text = f"{counts[row, column]}\n{shares[row, column]:.0%}"
        axes.text(column, row, text, ha="center", va="center", color=shade, fontsize=9)
    axes.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_title(_title(report, f"UF1 {report['full']['uf1']['mean']:.3f}"), fontsize=9)
    figure.colorbar(image, label="share of the true class", shrink=0.8)
    return _save(figure, path)


def draw_subjects(report: dict, path: Path) -> Path:
    """The share of right answers of every subject, with the number of clips, a colour for each dataset."""
    people = sorted(report["subjects"].items(), key=lambda item: (item[0].rpartition("/")[0], -item[1]["right"]))
    sources = list(dict.fromkeys(name.rpartition("/")[0] for name, _ in people))
    figure = _figure(max(4.5, 1.5 + 0.24 * len(people)), 3.4)
    axes = figure.add_subplot()
    for number, source in enumerate(sources):
        places = [place for place, (name, _) in enumerate(people) if name.rpartition("/")[0] == source]
        right = [people[place][1]["right"] for place in places]
        # of one or two clips a share says little: a small dot
        sizes = [FEWEST + EACH * min(people[place][1]["clips"], MANY) for place in places]
        look = {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)]}
        axes.scatter(places, right, sizes, label=source, edgecolors="black", linewidths=0.4, clip_on=False, **look)
    labels = [f"{name.rpartition('/')[2]} ({row['clips']})" for name, row in people]
    axes.set_xticks(range(len(people)), labels, rotation=90, fontsize=7)
    axes.set_xlim(-0.7, len(people) - 0.3)
    axes.set_ylim(0, 1)
    axes.grid(axis="y", color="0.88")
    axes.set_axisbelow(True)
    axes.set_ylabel("share of right answers")
    axes.set_xlabel("subject (clips); a larger dot has more clips")
    axes.set_title(_title(report, f"{len(people)} subjects"), fontsize=9)
    if len(sources) > 1:
        axes.legend(fontsize=7)
    return _save(figure, path)


def _title(report: dict, what: str) -> str:
    mark = "\nORACLE: epochs chosen on the test subjects" if report["oracle"] else ""
    return f"{report['method']}, {report['protocol']}: {what}{mark}"


def _save(figure, path: Path) -> Path:
    with whole_file(path) as draft:
        # without the version of matplotlib in it, so that the same numbers give the same file
        figure.savefig(draft, format="png", dpi=300, metadata={"Software": None})
    return path

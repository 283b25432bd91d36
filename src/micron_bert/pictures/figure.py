"""Figures for papers: as wide as a column of print, with text that can be read there, in files of several kinds."""

import io
from collections.abc import Sequence

from micron_bert.errors import InputError

COLUMN = 3.5  # inches: the width of a column of two
DPI = 300
TEXT, SMALL = 8, 7  # points, as they are printed; nothing is smaller
KINDS = ("png", "pdf", "svg")
# told apart by the colour-blind, and in grey print by dashes, hatches and shapes
BLUE, VERMILION, GREEN, ORANGE, PURPLE = "#0072b2", "#d55e00", "#009e73", "#e69f00", "#cc79a7"
INK, PALE = "#18181b", "#d4d4d8"
# nothing of when and by which version: the same figure gives the same bytes
UNSAID = {"png": {"Software": None}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}


def check_figures() -> None:
    """
    Raises:
        ImportError: matplotlib, which draws them, is not installed.
    """
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise ImportError("Figures need matplotlib: `pip install matplotlib`.") from error


def check_kinds(kinds: Sequence[str]) -> None:
    """
    Raises:
        [`InputError`]: a kind of file that figures are not written as.
    """
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        named = ", ".join(f"`{kind}`" for kind in unknown) or "nothing"
        raise InputError(f"`--figures` is {named}; pass one or more of {', '.join(KINDS)}.")


def style():
    """The context in which a figure is made: type in its printed size, no frame where there is no axis."""
    from matplotlib import rc_context

    return rc_context(
        {
            "font.size": TEXT,
            "axes.titlesize": TEXT,
            "axes.labelsize": TEXT,
            "xtick.labelsize": SMALL,
            "ytick.labelsize": SMALL,
            "legend.fontsize": SMALL,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    )


def new_figure(height: float, width: float = COLUMN, **options):
    """An empty `matplotlib.figure.Figure`, in inches; it needs no screen."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), **options)


def to_bytes(figure, kind: str) -> bytes:
    """
    A figure as the content of a file.

    Args:
        figure (`matplotlib.figure.Figure`): what was drawn.
        kind (`str`): one of `KINDS`; the text of an SVG stays text.
    """
    from matplotlib import rc_context

    content = io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "micron-bert"}):
        figure.savefig(content, format=kind, dpi=DPI, metadata=UNSAID[kind])
    return content.getvalue()

"""Figures are files for print: as wide as a column, the same bytes for the same numbers, text that stays text."""

import io

import pytest
from PIL import Image

from micron_bert.errors import InputError
from micron_bert.pictures.figure import COLUMN, DPI, KINDS, check_kinds, new_figure, style, to_bytes


@pytest.fixture
def figure():
    with style():
        figure = new_figure(2.0)
        figure.add_subplot().set_xlabel("seconds")
    return figure


def test_every_kind_of_file(figure):
    files = {kind: to_bytes(figure, kind) for kind in KINDS}
    assert Image.open(io.BytesIO(files["png"])).size == (round(COLUMN * DPI), 2 * DPI)
    assert files["pdf"].startswith(b"%PDF") and b">seconds<" in files["svg"]
    assert all(to_bytes(figure, kind) == files[kind] for kind in KINDS)


def test_unknown_kinds_are_refused():
    check_kinds(["svg", "png"])
    with pytest.raises(InputError, match="`--figures` is `gif`; pass one or more of png, pdf, svg"):
        check_kinds(["png", "gif"])
    with pytest.raises(InputError, match="is nothing"):
        check_kinds([])

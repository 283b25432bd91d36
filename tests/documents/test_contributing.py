"""CONTRIBUTING shows the house as it is: every room, in the order in which rooms may import each other."""

import re
import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = runpy.run_path(str(ROOT / "tests/test_import_direction.py"))["ROWS"]
PACKAGE = ROOT / "src" / "micron_bert"


def rooms_of_the_map():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text[text.index("| room |") : text.index("Outside the package")]
    return [re.findall(r"`(\w+)`", line.split("|")[1]) for line in table.splitlines() if line.startswith("| `")]


def test_every_room_is_on_the_map():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    files = {path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("_")}
    assert {room for rooms in rooms_of_the_map() for room in rooms} == folders | files


def test_the_map_has_the_order_of_imports():
    row = {room: number for number, rooms in enumerate(ROWS) for room in rooms}
    order = [row[room] for rooms in rooms_of_the_map() for room in rooms]
    assert order == sorted(order)


def test_files_that_are_named_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:src|tests|docs|scripts)/[\w/.-]+)`", text)
    assert len(named) > 10
    assert not [name for name in named if not (ROOT / name).exists()]

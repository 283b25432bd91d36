"""Each page of the documents opens with what its reader can do after it, and the first page leads to it."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(path for path in DOCS.glob("*.md") if path.name != "index.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_opens_with_what_the_reader_can_do(page):
    title, first = page.read_text(encoding="utf-8").split("\n\n")[:2]
    assert title.startswith("# ") and first.startswith("After this page you can ")


def test_first_page_leads_to_every_other():
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    assert not [page.name for page in PAGES if f"({page.name})" not in text]


ROOT = DOCS.parent
FILES = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if not set(path.parts) & {".venv", "site"}]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_that_a_page_names_are_there(page):
    """By the end of their path, such as `faces/alignment.py`."""
    named = re.findall(r"`([\w/.-]+\.py)\b", page.read_text(encoding="utf-8"))
    assert not [name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in FILES)]

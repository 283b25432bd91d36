"""Links between the documents of the project lead somewhere, also those that the site leaves out."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("demo/*.md"),
    *ROOT.glob("kernels/**/*.md"),
    *ROOT.glob("src/**/README.md"),
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
MADE = ("api/",)  # pages that the site makes from docstrings


def prose(page: Path) -> str:
    """The text of a page without its code."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Names of the headings, as GitHub and the site spell them."""
    headings = re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", heading.strip().lower())) for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    dead = []
    for link in LINK.findall(prose(page)):
        target, _, anchor = link.partition("#")
        if re.match(r"\w+:", link) or (page.parent.name == "docs" and target.startswith(MADE)):
            continue
        file = page if not target else (page.parent / target).resolve()
        if not file.exists() or (anchor and anchor not in anchors(file)):
            dead.append(link)
    assert not dead


def test_a_dead_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A heading\n\n[here](#a-heading), [dead](#nowhere), [gone](nothing.md)\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="#nowhere.*nothing.md"):
        test_links_lead_somewhere(page)

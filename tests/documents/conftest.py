import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    ROOT / "demo/README.md",
    *sorted(ROOT.glob("src/**/*.md")),
    *sorted(ROOT.glob("hub/**/*.md")),
]


@dataclass(frozen=True)
class Snippet:
    """A block of code in a document, with the page and the line where it begins."""

    page: str
    line: int
    language: str
    text: str


def snippets_of(page: Path) -> list[Snippet]:
    text = page.read_text(encoding="utf-8")
    return [
        Snippet(page.relative_to(ROOT).as_posix(), text.count("\n", 0, match.start()) + 1, match[1], match[2])
        for match in re.finditer(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ]


@pytest.fixture(scope="session")
def snippets():
    return [snippet for page in PAGES for snippet in snippets_of(page)]


@pytest.fixture(scope="session")
def root():
    return ROOT

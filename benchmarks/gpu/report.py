"""The results of a run on a GPU as one Markdown text, and its place in the documents."""

import json
from pathlib import Path

from benchmarks.gpu.figures import table
from benchmarks.gpu.steps import KERNEL, ROOT, Step

BEGIN, END = "<!-- gpu run: begin -->", "<!-- gpu run: end -->"
PLACES = (KERNEL / "CARD.md", ROOT / "docs" / "speed.md")
LINES = 40  # of a step's output that are kept
CUT = "cut from outside"
STATES, REHEARSED = "states.json", "rehearsed"


def write(output: Path, steps: list[Step], states: dict[str, tuple[str, float]], rehearsed: bool = False) -> str:
    """Writes the table and what it was made of, after each step: a run that is cut leaves what it reached."""
    text = markdown(output, steps, states, rehearsed)
    if rehearsed:
        text = f"Rehearsed without a GPU; no figure here is one of speed.\n\n{text}"
    (output / "table.md").write_text(text)
    record = {REHEARSED: rehearsed, "steps": {name: list(state) for name, state in states.items()}}
    (output / STATES).write_text(json.dumps(record, indent=2) + "\n")
    return text


def states_of(output: Path, rehearsed: bool = False) -> dict[str, tuple[str, float]]:
    """How the steps of an earlier run ended; none of a rehearsal where a run is asked for, and the other way round."""
    path = output / STATES
    record = json.loads(path.read_text()) if path.is_file() else {REHEARSED: not rehearsed}
    return {name: tuple(state) for name, state in record["steps"].items()} if record[REHEARSED] == rehearsed else {}


def markdown(output: Path, steps: list[Step], states: dict[str, tuple[str, float]], rehearsed: bool = False) -> str:
    """The figures that were asked for, how each step ended, then the last lines of each."""
    none = ("not begun", 0.0)
    rows = ["| {} | {} | {:.0f} s |".format(step.title, *states.get(step.name, none)) for step in steps]
    parts = [table(output, rehearsed), "| step | ended | took |\n|---|---|---|\n" + "\n".join(rows)]
    for step in steps:
        path = output / f"{step.name}.txt"
        ended = states.get(step.name, none)[0]
        if path.is_file() and (ended in ("done", "stopped at its limit", CUT) or ended.startswith("exit code")):
            last = "\n".join(path.read_text(errors="replace").rstrip().splitlines()[-LINES:])
            parts.append(f"<details><summary>{step.title}</summary>\n\n```text\n{last}\n```\n\n</details>")
    return "\n\n".join(parts) + "\n"


def merge(output: Path) -> list[Path]:
    """
    Puts the table of a run between the marks in the documents.

    Returns:
        `list[Path]`: the documents that were changed.

    Raises:
        SystemExit: there was no run, or it was a rehearsal, or a document has no marks.
    """
    path = output / "table.md"
    if not path.is_file():
        raise SystemExit(f"There is no {path}; run `bash benchmarks/gpu/run.sh` first.")
    if json.loads((output / STATES).read_text())[REHEARSED]:
        raise SystemExit(f"{path} is of a rehearsal without a GPU; its figures do not go into the documents.")
    texts = {place: place.read_text() for place in PLACES}
    for place, text in texts.items():
        if BEGIN not in text or END not in text:
            raise SystemExit(f"{place} has no marks `{BEGIN}` and `{END}`; put them where the table belongs.")
    for place, text in texts.items():
        place.write_text(f"{text[: text.index(BEGIN)]}{BEGIN}\n{path.read_text()}{text[text.index(END) :]}")
    return list(PLACES)

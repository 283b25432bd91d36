"""The results of a run on a GPU as one Markdown text, and its place in the documents."""

from pathlib import Path

from benchmarks.gpu.steps import KERNEL, ROOT, Step

BEGIN, END = "<!-- gpu run: begin -->", "<!-- gpu run: end -->"
PLACES = (KERNEL / "CARD.md", ROOT / "docs" / "kernel.md")
LINES = 40  # of a step's output that are kept


def markdown(output: Path, steps: list[Step], states: dict[str, tuple[str, float]]) -> str:
    """How each step ended, then the last lines of each."""
    rows = [f"| {step.title} | {states[step.name][0]} | {states[step.name][1]:.0f} s |" for step in steps]
    parts = ["| step | ended | took |\n|---|---|---|\n" + "\n".join(rows)]
    for step in steps:
        path = output / f"{step.name}.txt"
        if path.is_file() and states[step.name][0] in ("done", "stopped at its limit"):
            last = "\n".join(path.read_text(errors="replace").rstrip().splitlines()[-LINES:])
            parts.append(f"### {step.title}\n\n```text\n{last}\n```")
    return "\n\n".join(parts) + "\n"


def merge(output: Path) -> list[Path]:
    """Puts the table of a run between the marks in the documents; which documents were changed."""
    table = output / "table.md"
    if not table.is_file():
        raise SystemExit(f"There is no {table}; run `bash benchmarks/gpu/run.sh` first.")
    changed = []
    for place in PLACES:
        text = place.read_text() if place.is_file() else "# The kernel on a GPU\n"
        block = f"{BEGIN}\n{table.read_text()}{END}"
        if BEGIN in text:
            text = text[: text.index(BEGIN)] + block + text[text.index(END) + len(END) :]
        else:
            text = f"{text.rstrip()}\n\n## Measured\n\n{block}\n"
        place.write_text(text)
        changed.append(place)
    return changed

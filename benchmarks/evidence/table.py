"""A table of scores, as Markdown and as numbers."""

from dataclasses import dataclass, field

from benchmarks.evidence.bootstrap import Score


@dataclass
class Table:
    """
    Attributes:
        name (`str`): short, for file names.
        title (`str`): what the scores are and how to read them.
        columns (`list[str]`): what each score of a row is.
        rows (`dict[str, list[Score | float | str | None]]`): by the name of the method.
        percent (`frozenset[str]`): columns that are shares.
        seconds (`float`): how long it took, with the pairs that had to be rendered for it.
        extra (`dict`): numbers for the plots that the table does not print.
    """

    name: str
    title: str
    columns: list[str]
    rows: dict[str, list] = field(default_factory=dict)
    percent: frozenset[str] = frozenset()
    seconds: float = 0.0
    extra: dict = field(default_factory=dict)

    def markdown(self, version: str) -> str:
        """The table with its title and the version of the benchmark."""
        lines = [f"### {self.name.replace('_', ' ').capitalize()}", "", f"{self.title} Benchmark `{version}`.", ""]
        lines += ["| | " + " | ".join(self.columns) + " |", "|---" * (len(self.columns) + 1) + "|"]
        for name, cells in self.rows.items():
            texts = [self._cell(column, cell) for column, cell in zip(self.columns, cells, strict=True)]
            lines.append(f"| {name} | " + " | ".join(texts) + " |")
        return "\n".join([*lines, "", f"{self.seconds:.0f} s.", ""])

    def _cell(self, column: str, cell) -> str:
        if cell is None:
            return "–"
        if isinstance(cell, Score):
            return cell.cell(percent=column in self.percent)
        if isinstance(cell, float):
            return f"{100 * cell:.1f} %" if column in self.percent else f"{cell:.3g}"
        return str(cell)

    def as_dict(self) -> dict:
        """For `results.json`: each score with its interval."""
        rows = {
            name: {
                column: cell.as_dict() if isinstance(cell, Score) else cell
                for column, cell in zip(self.columns, cells, strict=True)
            }
            for name, cells in self.rows.items()
        }
        return {"title": self.title, "seconds": round(self.seconds, 1), "rows": rows, **self.extra}

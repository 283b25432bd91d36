"""What was asked of the package on a GPU, beside what a run measured."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Figure(NamedTuple):
    """A figure, what is asked of it, what was measured (`None`: nothing), and whether that is enough."""

    name: str
    asked: str
    measured: str | None
    reached: bool | None


def _rows(path: Path) -> list[dict]:
    if not path.is_file():
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def _cell(rows: list[dict], column: str, **where: str) -> float | None:
    """The last number in a column of the rows that agree."""
    found = [row[column] for row in rows if all(row.get(name) == value for name, value in where.items())]
    return next((float(value) for value in reversed(found) if value), None)


def _record(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return {}


def _figure(name: str, value: float | None, limit: float, at_least: bool, shown: Callable[[float], str]) -> Figure:
    asked = f"{'at least' if at_least else 'at most'} {shown(limit)}"
    if value is None:
        return Figure(name, asked, None, None)
    return Figure(name, asked, shown(value), value >= limit if at_least else value <= limit)


def _ratio(numerator: float | None, denominator: float | None) -> float | None:
    return numerator / denominator if numerator is not None and denominator else None


def figures(output: Path) -> list[Figure]:
    """The figures of a run, by its result files."""

    def times(value: float) -> str:
        return f"{value:.2f}×"

    kernel, displaced = _rows(output / "kernel.csv"), _rows(output / "displaced.csv")
    told = []
    floor = _cell(kernel, "over_floor", shape="64x1x784x512", way="fused", **{"pass": "forward"})
    told.append(_figure("diagonal, forward, 784 patches of 512, over the floor", floor, 1.6, False, times))
    for patches, other, least in ((784, "eager", 2), (3136, "eager", 4), (784, "compiled", 1), (784, "flex", 1)):
        shape = {"shape": f"64x1x{patches}x512", "pass": "step"}
        ratio = _ratio(*(_cell(kernel, "p50_ms", way=way, **shape) for way in (other, "fused")))
        told.append(_figure(f"diagonal, step, {patches} patches, {other} / fused", ratio, least, True, times))
    shape = {"shape": "64x1x784x512", "way": "fused", "pass": "step"}
    memory = _ratio(_cell(kernel, "peak_mib", **shape), _cell(kernel, "tensors_mib", **shape))
    told.append(_figure("diagonal, step, peak memory / tensors", memory, 1.1, False, times))
    shape = {"shape": "64x1x8x16x14x14", "pass": "step"}
    ratio = _ratio(*(_cell(displaced, "ms", way=way, **shape) for way in ("compiled", "fused")))
    told.append(_figure("displaced, step, 14x14, compiled / fused", ratio, 2, True, times))
    for preset in ("paper", "small"):
        shares = _record(output / f"training_{preset}.json").get("share", {}).values()
        told.append(
            _figure(
                f"training step of `{preset}`, share of the matmul ceiling",
                max(shares, default=None),
                0.4,
                True,
                "{:.0%}".format,
            )
        )
    films = _record(output / "films.json")
    several = [value for name, value in films.items() if re.fullmatch(r"frames/s, \d+ films", name)]
    told.append(
        _figure("spotting, 8 films side by side, frames/s", max(several, default=None), 500, True, "{:.0f}".format)
    )
    return told


def table(output: Path, rehearsed: bool = False) -> str:
    """The figures as Markdown; those of a rehearsal are neither reached nor missed."""
    yes, no = ("rehearsed", "rehearsed") if rehearsed else ("yes", "no")
    words = {None: "not measured", True: yes, False: no}
    rows = [f"| {one.name} | {one.asked} | {one.measured or '–'} | {words[one.reached]} |" for one in figures(output)]
    return "| figure | asked | measured | reached |\n|---|---|---|---|\n" + "\n".join(rows)

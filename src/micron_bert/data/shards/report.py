"""The report on shards: their content, the films left out, and whether every shard is whole."""

import hashlib
import json
import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from micron_bert.data.shards.clips import REPEAT
from micron_bert.data.shards.plan import Plan
from micron_bert.data.shards.store import Store
from micron_bert.errors import InputError

REPORT = "report.json"
AT_ONCE = 16  # records that are asked for together
SHOWN = 30  # films or shards that are named on the screen


@dataclass(frozen=True)
class ShardReport:
    """
    Attributes:
        totals (`dict`): shards, films, people, clips, frames looked at and kept, hours of clips, bytes, processor
            seconds.
        dropped (`dict[str, int]`): frames of faces that were left out, by reason.
        rejected (`dict[str, str]`): films that could not be read, and why; or that gave no clip.
        faults (`list[str]`): sentences about shards that are missing; with `verify` also about damaged ones.
    """

    totals: dict
    dropped: dict
    rejected: dict
    faults: list[str]

    def lines(self) -> list[str]:
        """For people."""
        totals = self.totals
        said = [
            "{made} of {shards} shards: {clips:,} clips of {people:,} people from {films:,} films, {kept:,} of "
            "{frames:,} frames, {hours:.2f} hours, {megabytes:,.1f} MB".format(**totals)
        ]
        if totals["seconds"]:
            said.append(f"{totals['frames'] / totals['seconds']:.1f} frames a second of processor time")
        said += [f"left out: {count:,} frames, {reason}" for reason, count in sorted(self.dropped.items())]
        said += _first([f"rejected: {name}: {reason}" for name, reason in sorted(self.rejected.items())])
        return said + _first(self.faults)


def _first(lines: list[str]) -> list[str]:
    more = len(lines) - SHOWN
    return lines if more <= 0 else [*lines[:SHOWN], f"and {more:,} more of these; `{REPORT}` has all"]


def report_shards(store: Store, plan: Plan, verify: bool = False, faults: dict[int, str] | None = None) -> ShardReport:
    """
    Reads the records of all shards, writes `report.json`, and checks the shards themselves if asked to.

    Args:
        store ([`Store`]):
            The output.
        plan ([`Plan`]):
            Its plan.
        verify (`bool`, defaults to `False`):
            Whether to read every shard and compare its SHA-256.
        faults (`dict[int, str]`, *optional*):
            Why shards could not be made.
    """
    reasons = faults or {}
    totals = Counter(made=0, clips=0, frames=0, kept=0, bytes=0, seconds=0.0, spans=0.0)
    dropped, rejected, faults, people = Counter(), {}, [], set()
    for shard, record in enumerate(read_records(store, plan)):
        if record is None:
            faults.append(_missing(plan, shard, reasons.get(shard)))
            continue
        totals["made"] += 1
        totals["clips"] += len(record["clips"])
        totals["bytes"] += record["bytes"]
        totals["seconds"] += record["seconds"]
        for person, _, seconds in record["clips"]:
            people.add(person)
            totals["spans"] += seconds
        for name, film in record["films"].items():
            totals["frames"] += film["frames"]
            totals["kept"] += film["kept"]
            dropped.update(film["dropped"])
            if "error" in film:
                kept = f" {film['kept']} frames before that are kept." if film["kept"] else ""
                rejected[name] = film["error"] + kept
            elif not film["kept"]:
                rejected[name] = "nothing of it was kept" if film["dropped"].keys() - {REPEAT} else "no face in it"
        if verify:
            fault = _fault(store, plan, shard, record)
            faults += [fault] if fault else []
    summary = {name: totals[name] for name in ("made", "clips", "frames", "kept", "bytes")}
    summary |= {"shards": plan.shards, "films": len(plan.films), "people": len(people)}
    summary |= {"hours": totals["spans"] / 3600, "megabytes": totals["bytes"] / 1e6, "seconds": totals["seconds"]}
    report = ShardReport(summary, dict(dropped), rejected, faults)
    store.put_text(REPORT, json.dumps(vars(report), indent=1) + "\n")
    return report


def read_records(store: Store, plan: Plan) -> list[dict | None]:
    """Those of all shards, in their order; several are asked for at once, since a bucket answers slowly."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda shard: read_record(store, plan, shard), range(plan.shards)))


def read_record(store: Store, plan: Plan, shard: int) -> dict | None:
    """What is recorded of a shard; None where it is not made yet."""
    content = store.read(plan.record_path(shard))
    if content is None:
        return None
    try:
        record = json.loads(content)
        _check_record(record)
        return record
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        path = plan.record_path(shard)
        raise InputError(f"`{store.address}/{path}` is damaged; delete it and run the same command.") from error


def _check_record(record: dict) -> None:
    """Raises some error unless a record holds what is counted of it."""
    numbers = [record["bytes"], record["seconds"], *(seconds for _, _, seconds in record["clips"])]
    names = [record["sha256"] or "", *(person for person, _, _ in record["clips"])]
    for film in record["films"].values():
        numbers += [film["frames"], film["kept"], *film["dropped"].values()]
        names.append(film.get("error", ""))
    if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
        raise ValueError("a number is none")
    if not all(isinstance(name, str) for name in names):
        raise ValueError("a name is none")


def _missing(plan: Plan, shard: int, reason: str | None) -> str:
    films = ", ".join(film.name for film in plan.films_of(shard))
    return f"missing: shard {shard} ({films})" + (f": {reason.rstrip('.')}" if reason else "")


def _fault(store: Store, plan: Plan, shard: int, record: dict) -> str | None:
    """What is wrong with a shard."""
    if record["sha256"] is None:
        return None
    path = plan.clips_path(shard)
    try:
        content = store.read(path)
    except InputError as error:
        return f"unreadable: {error}"
    if content is None:
        return f"missing: `{path}`; the same command makes it anew"
    if not content:
        return f"empty: `{path}` has no bytes; delete it, and the same command makes it anew"
    if hashlib.sha256(content).hexdigest() != record["sha256"]:
        return f"damaged: `{path}` is not what was written; delete it, and the same command makes it anew"
    return None

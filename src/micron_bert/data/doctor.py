"""Checking a copy of a dataset: what is there, what is missing, and how to apply for it."""

import os
from dataclasses import dataclass
from pathlib import Path

from micron_bert.data.counts import compare
from micron_bert.data.loading import LABELS_ONLY, LoadedDataset, find_source, load
from micron_bert.data.pictures import KEY
from micron_bert.data.sources import Source
from micron_bert.errors import InputError
from micron_bert.labels.action_units import CHALLENGE


@dataclass(frozen=True)
class Diagnosis:
    """
    Attributes:
        name (`str`), source ([`Source`]): the dataset.
        loaded ([`LoadedDataset`] or `None`): what could be loaded, without pictures if need be.
        problem (`str` or `None`): why not everything, or nothing, could be loaded.
        counts (`list[tuple[str, int, int, int]]`): name, published, in the sheet, with pictures.
    """

    name: str
    source: Source
    loaded: LoadedDataset | None
    problem: str | None
    counts: list[tuple[str, int, int, int]]

    @property
    def with_pictures(self) -> int:
        """Clips that could be loaded with pictures."""
        return 0 if self.problem else self.loaded.report.loaded

    @property
    def differing(self) -> list[tuple[str, int, int, int]]:
        """The counts that are not the published ones."""
        return [line for line in self.counts if line[1:] != (line[1],) * 3]

    @property
    def healthy(self) -> bool:
        """Whether every published clip is there."""
        return self.problem is None and not self.differing and not self.loaded.report.dropped


def examine(
    name: str,
    path: str | os.PathLike,
    annotation: str | os.PathLike | None = None,
    variant: str | None = None,
    pictures: str = KEY,
    action_units: str = CHALLENGE,
    outside: bool = False,
) -> Diagnosis:
    """
    Look a copy of a dataset over; see [`~micron_bert.data.load`] for the arguments.

    Raises:
        [`InputError`]: there is no dataset of this name.
    """
    name, source = find_source(name)
    loaded, problem = None, None
    try:
        loaded = load(name, path, annotation, variant, pictures, action_units=action_units, outside=outside)
    except InputError as error:
        problem = str(error)
        if Path(path).expanduser().is_dir():
            try:
                loaded = load(name, path, annotation, pictures=LABELS_ONLY, action_units=action_units, outside=outside)
            except InputError:
                pass
    report = loaded.report if loaded else None
    counts = compare(source.published, report.counts_annotated, report.counts_loaded) if report else []
    return Diagnosis(name, source, loaded, problem, counts)


def how_to_get(source: Source) -> str:
    """Where a dataset comes from, and how to apply for it."""
    if not source.paper:
        return f"{source.title[0].upper()}{source.title[1:]} is your own; docs/datasets.md describes what it holds."
    lines = [
        f"{source.title} is handed out by its owners only ({source.owner}; {source.paper}), to researchers who sign "
        "its licence agreement.",
        "Ask for the agreement through "
        + (source.page or "the address that the paper or its dataset page gives")
        + "; as a rule someone with a permanent post has to sign it and to write from the institute's address.",
        f"Unpack what you get into one folder, so that it has pictures such as `{source.layout}`"
        + (f" and {_sheet(source.annotation)}." if source.annotation else "."),
    ]
    return "\n".join(lines)


def _sheet(name: str) -> str:
    return f"the sheet `{name}`" if name.endswith((".xlsx", ".csv")) else name

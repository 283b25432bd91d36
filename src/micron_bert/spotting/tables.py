"""Intervals as tables: for the terminal, as CSV, for ELAN, and as subtitles."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from datetime import UTC, datetime
from pathlib import Path

from micron_bert.escaping import for_csv, for_terminal, for_vtt, for_xml
from micron_bert.recognition.detection import NO, describe_input, likeness, name_of, summary
from micron_bert.recognition.units import codes, shown
from micron_bert.spotting.interval import Interval, Spotting

COLUMNS = (
    "face", "kind", "onset", "apex", "offset", "start", "peak", "end", "confidence", "region", "label", "action_units",
)  # fmt: skip


def describe(spotting: Spotting) -> str:
    """What the command prints: the answer, the table of intervals, and the properties of the film."""
    detection = spotting.detection
    lines = [summary(detection)]
    if spotting.intervals:
        lines += ["", to_text(spotting.intervals)]
    if detection.reliability is not None:
        lines += ["", *describe_input(detection.reliability, detection.baseline)]
    if detection.detected == NO:
        lines.append("how small a movement would be found in this film: `micron-bert sensitivity FILM`")
    return "\n".join(lines)


def to_text(intervals: list[Interval]) -> str:
    """A table for people."""
    faces = len({interval.face for interval in intervals}) > 1
    units = any(interval.action_units is not None for interval in intervals)
    header = ("from", "apex", "to", "kind", "confidence", "region", "resembles", *(["units"] * units), "frames")
    rows = []
    for interval in intervals:
        row = [f"{interval.start:.2f} s", f"{interval.peak:.2f} s", f"{interval.end:.2f} s", interval.kind]
        row += [f"{interval.confidence:.2f}", interval.region, likeness(interval)]
        row += [codes(interval.action_units)] * units
        row.append(f"{interval.onset}-{interval.apex}-{interval.offset}")
        row = [for_terminal(cell, one_line=True) for cell in row]
        rows.append((*row, f"face {interval.face}") if faces else tuple(row))
    header = (*header, "face") if faces else header
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [header, *rows]
    )


def to_csv(intervals: list[Interval]) -> str:
    """One row for each interval, with a column for the probability of every class."""
    classes = list(next((i.probabilities for i in intervals if i.probabilities), {}))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *map(for_csv, (f"p_{name}" for name in classes))])
    for interval in intervals:
        row = [interval.face, interval.kind, interval.onset, interval.apex, interval.offset]
        row += [f"{seconds:.4f}" for seconds in (interval.start, interval.peak, interval.end)]
        row += [f"{interval.confidence:.4f}", interval.region, name_of(interval) or "", codes(interval.action_units)]
        row = [for_csv(cell) for cell in row]
        shares = {} if name_of(interval) is None else interval.probabilities
        writer.writerow([*row, *(f"{shares.get(name, float('nan')):.4f}" for name in classes)])
    return text.getvalue()


def to_vtt(intervals: list[Interval]) -> str:
    """WebVTT subtitles that name each interval while it lasts."""
    lines = ["WEBVTT", ""]
    for number, interval in enumerate(intervals, start=1):
        lines += [str(number), f"{_clock(interval.start)} --> {_clock(interval.end)}", for_vtt(_caption(interval)), ""]
    return "\n".join(lines)


def to_eaf(intervals: list[Interval], media: Path | None) -> str:
    """
    An annotation document of ELAN (format 3.0): one tier for micro-, one for macro-expressions and one for
    action units of each face.

    Args:
        intervals (`list[Interval]`): what to annotate.
        media (`Path`, *optional*): the film, which ELAN then opens with it.
    """
    root = ElementTree.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "micron-bert",
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
        },
    )
    header = ElementTree.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    if media is not None:
        kinds = {".mp4": "video/mp4", ".mov": "video/quicktime", ".avi": "video/x-msvideo", ".mkv": "video/x-matroska"}
        ElementTree.SubElement(
            header,
            "MEDIA_DESCRIPTOR",
            {
                "MEDIA_URL": media.resolve().as_uri(),
                "MIME_TYPE": kinds.get(media.suffix.lower(), "video/*"),
                "RELATIVE_MEDIA_URL": for_xml(f"./{media.name}"),
            },
        )
    order = ElementTree.SubElement(root, "TIME_ORDER")
    slots = {}
    for moment in sorted({round(1000 * t) for interval in intervals for t in (interval.start, interval.end)}):
        slots[moment] = f"ts{len(slots) + 1}"
        ElementTree.SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": slots[moment], "TIME_VALUE": str(moment)})
    number = 0
    for name, entries in _tiers(intervals).items():
        tier = ElementTree.SubElement(root, "TIER", {"LINGUISTIC_TYPE_REF": "expression", "TIER_ID": name})
        for interval, text in entries:
            number += 1
            annotation = ElementTree.SubElement(ElementTree.SubElement(tier, "ANNOTATION"), "ALIGNABLE_ANNOTATION")
            annotation.set("ANNOTATION_ID", f"a{number}")
            annotation.set("TIME_SLOT_REF1", slots[round(1000 * interval.start)])
            annotation.set("TIME_SLOT_REF2", slots[round(1000 * interval.end)])
            ElementTree.SubElement(annotation, "ANNOTATION_VALUE").text = for_xml(text)
    ElementTree.SubElement(
        root,
        "LINGUISTIC_TYPE",
        {"GRAPHIC_REFERENCES": "false", "LINGUISTIC_TYPE_ID": "expression", "TIME_ALIGNABLE": "true"},
    )
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _tiers(intervals: list[Interval]) -> dict[str, list[tuple[Interval, str]]]:
    """Tiers by their names, each with its intervals and what is written there."""
    tiers = {}
    for face, kind in sorted({(interval.face, interval.kind) for interval in intervals}) or [(0, "micro")]:
        own = [one for one in intervals if (one.face, one.kind) == (face, kind)]
        tiers[f"{kind}-expressions of face {face}"] = [(one, _caption(one)) for one in own]
    for face in sorted({interval.face for interval in intervals if shown(interval.action_units)}):
        own = [one for one in intervals if one.face == face and shown(one.action_units)]
        tiers[f"action units of face {face}"] = [(one, codes(one.action_units)) for one in own]
    return tiers


def _caption(interval: Interval) -> str:
    parts = [f"{interval.kind}-expression", interval.region, likeness(interval)]
    return ", ".join(part for part in parts if part) + f" (confidence {interval.confidence:.2f})"


def _clock(seconds: float) -> str:
    milliseconds = round(1000 * seconds)
    minutes, rest = divmod(milliseconds, 60000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"

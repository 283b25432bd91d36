"""The composite of MEGC 2019: which clips of SMIC-HS, CASME II and SAMM belong to it, and what they are."""

import csv
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from micron_bert.errors import InputError
from micron_bert.evaluation.clips import PreparedClip
from micron_bert.labels.classes import THREE_CLASSES, three_class

# clips of negative, positive and surprise, and subjects, by the organisers' list
COUNTS = {"smic": (70, 51, 43, 16), "casme2": (88, 32, 25, 24), "samm": (92, 26, 15, 28)}
# no apex in the annotation, and an apex that is the onset: the two clips that the list leaves out
LEFT_OUT = {("casme2", "4", "ep12_1f"), ("casme2", "5", "ep9_5f")}

_DATASETS = {"casmeii": "casme2", "smichs": "smic"}


@dataclass(frozen=True)
class Composite:
    """
    What of the composite is at hand.

    Attributes:
        numbers (`list[int]`): positions in the list of clips.
        labels (`list[str]`): `negative`, `positive` or `surprise` for each of them.
        missing (`list[str]`): clips of the organisers' list that are not there, as `dataset/subject/clip`.
        notes (`list[str]`): sentences about what differs from the published composite.
    """

    numbers: list[int]
    labels: list[str]
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Listed:
    """A line of the organisers' list."""

    dataset: str
    subject: str
    clip: str
    label: str


def clip_key(dataset: str, subject: str, clip: str) -> tuple[str, str, str]:
    """
    Names by which a clip is found whatever the padding and the case: `s3_ne_03` is `s03_ne_03`, `6` is `006`.

    CAS(ME)^2 is not CASME II.
    """
    plain = dataset.lower().replace("(me)^2", "me_squared")
    plain = re.sub(r"[^a-z0-9]", "", plain)
    numbers = re.findall(r"\d+", subject)
    short = re.sub(r"\d+", lambda match: str(int(match[0])), clip.lower())
    return _DATASETS.get(plain, plain), str(int(numbers[-1])) if numbers else subject.lower(), short


def read_composite_list(path: str | os.PathLike) -> list[Listed]:
    """
    The organisers' file: rows of dataset, subject, clip and label (0 negative, 1 positive, 2 surprise).

    Copies with a header and with empty lines between the rows are read too.

    Raises:
        InputError: another kind of file.
    """
    listed = []
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(csv.reader(file), start=1):
                row = [cell.strip() for cell in row]
                while row and not row[-1]:
                    row.pop()
                if not row or (not listed and not any(sign.isdigit() for sign in row[-1])):
                    continue  # empty lines, and a header
                if len(row) != 4 or row[3] not in ("0", "1", "2"):
                    raise InputError(
                        f"Line {number} of the composite list `{path}` is `{','.join(row)}`; it must be a dataset, a "
                        "subject, a clip and 0, 1 or 2."
                    )
                dataset, subject, clip, label = row
                listed.append(Listed(dataset, subject, clip, THREE_CLASSES[int(label)]))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"The composite list `{path}` cannot be read: {reason}.") from error
    if not listed:
        raise InputError(f"The composite list `{path}` has no rows of a dataset, a subject, a clip and 0, 1 or 2.")
    return listed


def select_listed(clips: Sequence[PreparedClip], listed: Sequence[Listed]) -> Composite:
    """
    The clips of the organisers' list, with the list's labels.

    Raises:
        InputError: none of them is there, or two clips have the same name.
    """
    at: dict[tuple, int] = {}
    for number, clip in enumerate(clips):
        key = clip_key(*clip.name)
        if key in at:
            other = "/".join(clips[at[key]].name)
            raise InputError(f"`{other}` and `{'/'.join(clip.name)}` are the same clip to the composite; remove one.")
        at[key] = number
    found = [(at.get(clip_key(one.dataset, one.subject, one.clip)), one) for one in listed]
    kept = sorted((number, one.label) for number, one in found if number is not None)
    if not kept:
        raise InputError("None of the clips is in the composite list; give prepared SMIC-HS, CASME II and SAMM.")
    missing = [f"{one.dataset}/{one.subject}/{one.clip}" for number, one in found if number is None]
    notes = [f"{len(missing)} of the {len(listed)} clips of the list are not there"] if missing else []
    return Composite([number for number, _ in kept], [label for _, label in kept], missing, notes)


def select_by_rule(clips: Sequence[PreparedClip]) -> Composite:
    """
    The composite by its rule, for those without the list: the three classes of the emotions, less two clips.

    Clips without an emotion keep their label where it is one of the three classes.

    Raises:
        InputError: no clip has any of the classes.
    """
    numbers, labels = [], []
    for number, clip in enumerate(clips):
        dataset = clip_key(*clip.name)[0]
        label = three_class(clip.emotion, dataset) if clip.emotion else clip.label
        if dataset in COUNTS and label in THREE_CLASSES and clip_key(*clip.name) not in LEFT_OUT:
            numbers.append(number)
            labels.append(label)
    if not numbers:
        raise InputError("None of the clips belongs to the composite; give prepared SMIC-HS, CASME II and SAMM.")
    return Composite(numbers, labels, notes=_differences([clips[number] for number in numbers], labels))


def _differences(clips: Sequence[PreparedClip], labels: Sequence[str]) -> list[str]:
    """Where the counts are not the published ones."""
    notes = []
    for dataset, expected in COUNTS.items():
        pairs = zip(clips, labels, strict=True)
        inside = [(clip, label) for clip, label in pairs if clip_key(*clip.name)[0] == dataset]
        counts = Counter(label for _, label in inside)
        found = (*(counts[name] for name in THREE_CLASSES), len({clip.person for clip, _ in inside}))
        if found != expected:
            counted = [
                "/".join(map(str, numbers[:3])) + f" clips of {numbers[3]} subjects" for numbers in (found, expected)
            ]
            notes.append(f"{dataset} has {counted[0]} (negative/positive/surprise), the composite {counted[1]}")
    return notes

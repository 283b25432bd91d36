"""Counting clips the way papers do, for comparison with the published numbers."""

from collections import Counter

from micron_bert.data.schema import Clip
from micron_bert.labels import classes as labels

ROWS, SUBJECTS = "rows", "subjects"
EMOTIONS, OBJECTIVE, TYPES = "emotions", "objective classes", "interval types"
THREE, FIVE = "three classes", "five classes"


def count_clips(clips: list[Clip]) -> dict:
    """
    Args:
        clips (`list[Clip]`):
            Of one dataset.

    Returns:
        `dict`: numbers under the names that `published` of a [`~micron_bert.data.sources.Source`] uses.
    """
    counts = {
        ROWS: len(clips),
        SUBJECTS: len({clip.subject for clip in clips}),
        EMOTIONS: dict(Counter(clip.emotion for clip in clips if clip.emotion)),
        OBJECTIVE: dict(Counter(clip.objective_class for clip in clips if clip.objective_class)),
        TYPES: dict(Counter(clip.interval_type for clip in clips)),
        THREE: sum(labels.three_class(clip.emotion, clip.dataset) is not None for clip in clips),
    }
    if clips and clips[0].dataset in labels.FIVE_CLASSES:
        counts[FIVE] = sum(labels.five_class(clip.emotion, clip.dataset) is not None for clip in clips)
    return counts


def compare(published: dict, annotated: dict, loaded: dict) -> list[tuple[str, int, int, int]]:
    """
    The published counts beside those of this copy.

    Returns:
        `list[tuple[str, int, int, int]]`: name, published number, number in the sheet, number with pictures.
    """
    lines = []
    for name, number in published.items():
        if isinstance(number, dict):
            lines += [
                (f"{name}: {part}", n, annotated.get(name, {}).get(part, 0), loaded.get(name, {}).get(part, 0))
                for part, n in number.items()
            ]
        else:
            lines.append((name, number, annotated.get(name, 0), loaded.get(name, 0)))
    return lines

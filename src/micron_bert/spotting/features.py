"""What tells a micro-expression from a blink, from speech and from a turning head."""

from collections.abc import Sequence

import numpy as np

from micron_bert.spotting.candidates import Candidate, face_weights
from micron_bert.spotting.course import Course
from micron_bert.spotting.interval import REGIONS
from micron_bert.spotting.movement import View
from micron_bert.spotting.pattern import PATTERN, agreement, coherence, read_course, region_directions, rigidity

BEFORE, AFTER = 0.35, 0.22  # seconds around a candidate that are looked at: as many as the delay allows
FEATURES = (
    ("peak", "mean", "contrast", "rise", "fall", "duration", "asymmetry", "return", "before", "after")
    + ("one_way", "one_way_around", "wiggle", "total", "misfit", "spot")
    + tuple(f"share_{name}" for name in REGIONS)
    + tuple(f"total_{name}" for name in REGIONS)
    + tuple(f"around_{name}" for name in REGIONS)
    + ("lids_close", "lids_around", "lips_open", "lips_around", "head_shift", "head_roll", "head_size", "nose")
    + ("head_around", "nose_around", "light", "light_around", "correlation", "drop_of_correlation")
    + ("none", "surest", "none_after", "surest_after")
    + (
        "coherence",
        "rigidity",
        "rigidity_all",
        "agree",
        "agree_size",
        "agree_after",
        "agree_both",
        "left_over",
        "usual",
    )
    + PATTERN
)


def describe_candidate(
    course: Course, candidate: Candidate, views: Sequence[View | None], usual: float, none: int | None
) -> np.ndarray:
    """
    Features of a candidate.

    Args:
        course ([`Course`]): that it was found in.
        candidate ([`Candidate`]): where.
        views (`Sequence[View | None]`): onset and apex as the model sees them, and offset and apex.
        usual (`float`): median strength of the film so far.
        none (`int`, *optional*): the class without an expression.

    Returns:
        `np.ndarray` of shape `(len(FEATURES),)`, float64; NaN where something is not known.
    """
    onset, apex, offset, strength = candidate
    times, face = course.times, face_weights(course.weights)
    start, peak, end = times[onset], times[apex], times[offset]
    inside = slice(onset, offset + 1)
    around = np.flatnonzero((times >= start - BEFORE - 1e-6) & (times <= end + AFTER + 1e-6))
    before, after = around[around <= onset], around[around >= offset]
    share = (peak - start) / (end - start)
    base = (1 - share) * course.position[onset] + share * course.position[offset]
    moved = course.position[apex] - base  # (4, grid, grid)
    expression = moved[:2]
    length = np.sqrt(np.square(expression).sum(axis=0))
    mean = float((length * face).sum())
    energy = float((np.square(expression) * face).sum())

    def spread(positions: np.ndarray) -> float:
        """Root mean square over the face and some frames, relative to the peak."""
        return float(np.sqrt((np.square(positions[:, :2]) * face).sum(axis=(1, 2, 3)).mean() / max(energy, 1e-12)))

    def off_course(frames: np.ndarray) -> float:
        """Energy of some frames that does not lie along the movement, as a share of all."""
        positions = course.position[frames] - base
        along = (positions[:, :2] * expression * face).sum(axis=(1, 2, 3)) / max(energy, 1e-12)
        rest = positions[:, :2] - along[:, None, None, None] * expression
        every = np.square(positions[:, :2] * np.sqrt(face)).sum()
        return float((np.square(rest) * face).sum() / max(every, 1e-12))

    along = ((course.position[inside, :2] - base[:2]) * expression * face).sum(axis=(1, 2, 3)) / max(energy, 1e-12)
    lengths = np.sqrt(np.square(moved.reshape(2, 2, *moved.shape[1:])).sum(axis=1))  # expression, all: (2, grid, grid)
    regions = np.einsum("rij,kij->kr", course.weights, lengths)
    steps = course.position[around] - base
    travel = np.einsum("rij,tij->tr", course.weights, np.sqrt(np.square(steps[:, 2:]).sum(axis=1)))
    outside = (around < onset) | (around > offset)
    quiet = travel[outside].mean(axis=0) if outside.any() else np.zeros(len(REGIONS))
    states, wide = course.states[inside], course.states[around]
    moved_by = np.ptp(states, axis=0)
    by_wide = np.ptp(wide, axis=0)
    lids, lips = course.states[around, 0], course.states[around, 1]
    until = min(end + AFTER, times[-1])
    beats = read_course(
        course, (start, peak, end), until, expression * face / max(energy, 1e-12), course.position[onset, :2]
    )
    values = [
        _log(length.max()),
        _log(mean),
        _log(strength / max(usual, 1e-6)),
        peak - start,
        end - peak,
        end - start,
        share,
        spread((course.position[offset] - course.position[onset])[None]),
        spread(course.position[before] - course.position[before].mean(axis=0)),
        spread(course.position[after] - course.position[after].mean(axis=0)),
        off_course(np.arange(onset, offset + 1)),
        off_course(around),
        float(np.abs(np.diff(along)).sum() / 2),
        _log((lengths[1] * face).sum() / max(mean, 1e-6)),
        _log(course.misfit[inside].mean() / max(np.sqrt(energy), 1e-6)),
        _log(length.max() / max(mean, 1e-6)),
        *(regions[0] / max(regions[0].sum(), 1e-6)),
        *np.log(np.maximum(regions[1], 1e-3) / max(mean, 1e-6)),
        *np.log(np.maximum(quiet, 1e-3) / max(mean, 1e-6)),
        np.median(wide[:, 0]) - states[:, 0].min(),
        np.ptp(lids),
        moved_by[1],
        np.ptp(lips),
        _log(np.hypot(moved_by[2], moved_by[3])),
        _log(moved_by[4]),
        _log(moved_by[5]),
        _log(np.hypot(moved_by[6], moved_by[7])),
        _log(np.hypot(by_wide[2], by_wide[3])),
        _log(np.hypot(by_wide[6], by_wide[7])),
        _log(moved_by[8]),
        _log(by_wide[8]),
        float(course.correlations[inside].min()),
        float(course.correlations[around].max() - course.correlations[inside].min()),
        *_said(views[0], none),
        *_said(views[1], none),
        coherence(expression, face),
        rigidity(expression, face),
        rigidity(moved[2:], face),
        *_agreement(views, expression, face),
        _log(usual),
        *beats,
        *region_directions(expression, course.weights).ravel(),
    ]
    return np.array(values, float)


def _said(view: View | None, none: int | None) -> tuple[float, float]:
    """Probabilities of no expression and of the surest one."""
    if view is None or none is None:
        return np.nan, np.nan
    return view.probabilities[none], np.delete(view.probabilities, none).max()


def _agreement(views: Sequence[View | None], expression: np.ndarray, face: np.ndarray) -> tuple[float, ...]:
    """Whether the movement in the course is the one that the model sees at once, and the way back the way there."""
    if None in views:
        return (np.nan,) * 5
    there, back = (view.field[:2] for view in views)
    first, after = agreement(there, expression, face), agreement(back, expression, face)
    left = np.square(there - back) * face
    return *first, after[0], agreement(there, back, face)[0], _log(np.sqrt(left.sum()))


def _log(value: float) -> float:
    return float(np.log(max(value, 1e-5)))

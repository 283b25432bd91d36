"""From a finding to an interval: its frames, where it moved most, its class, its action units and its cause."""

from collections.abc import Sequence

import numpy as np

from micron_bert.spotting.causes import cause_of
from micron_bert.spotting.course import Moment
from micron_bert.spotting.decision import MOST_LENIENT, Decision, Finding
from micron_bert.spotting.extents import frames_within
from micron_bert.spotting.head import named_by_course
from micron_bert.spotting.interval import REGIONS, Interval
from micron_bert.spotting.movement import MovementMeter
from micron_bert.spotting.regions import face_weights

CLIP_FRAMES = 6  # frames after the onset that the pair classifier sees, where it names an interval
DOUBTFUL = MOST_LENIENT  # confidence that no strictness requires; below it, confidences are not compared
AROUND = 0.2  # seconds before and after a movement in which its cause is looked for


def moments_around(finding: Finding, moments: Sequence[Moment]) -> list[Moment]:
    """The moments of a movement, and those shortly before and after it."""
    return [one for one in moments if finding.onset - AROUND <= one.time <= finding.offset + AROUND]


def interval_of(
    finding: Finding,
    moments: Sequence[Moment],
    weights: np.ndarray,
    meter: MovementMeter,
    decision: Decision,
    face: int = 0,
) -> Interval:
    """
    Args:
        finding ([`Finding`]): of the decision.
        moments (`Sequence[Moment]`): of the stretch, as far as they are remembered.
        weights (`np.ndarray` of shape `(5, grid, grid)`): of the face's regions.
        meter ([`MovementMeter`]): holds the frames of the stretch.
        decision ([`Decision`]): holds the course head's classes.
        face (`int`): its number.
    """
    moments = list(moments)
    times = np.array([moment.time for moment in moments])
    first, last = frames_within(times, (finding.onset, finding.apex, finding.offset), finding.kind)
    middle = min(max(int(np.abs(times - finding.apex).argmin()), first), last)
    onset, apex, offset = moments[first], moments[middle], moments[last]
    moved = np.linalg.norm((apex.position - onset.position)[:2], axis=0)
    probabilities = _probabilities(finding, onset.place, offset.place, meter, decision)
    return Interval(
        onset=onset.index,
        apex=apex.index,
        offset=offset.index,
        start=onset.time,
        peak=apex.time,
        end=offset.time,
        kind=finding.kind,
        confidence=finding.confidence,
        region=REGIONS[int(np.einsum("rij,ij->r", weights, moved).argmax())],
        face=face,
        label=max(probabilities, key=probabilities.get) if probabilities else None,
        probabilities=probabilities,
        box=tuple(float(value) for value in apex.box),
        cause=cause_of(moments_around(finding, moments), finding.confidence < DOUBTFUL).name,
        movement=float(moved[face_weights(weights) > 0].mean()),
        action_units=_action_units(onset.place, apex.place, meter),
    )


def _action_units(onset: int, apex: int, meter: MovementMeter):
    """The action units between two frames, where the model reads any and the frames are still kept."""
    if not meter.runtime.action_units or onset == apex:
        return None
    held = meter.places
    last = min((place for place in held if place >= apex), default=held[-1])
    (view,) = meter.views([(_kept_before(held, onset), last)])
    return None if view is None else view.action_units


def _probabilities(
    finding: Finding, onset: int, offset: int, meter: MovementMeter, decision: Decision
) -> dict[str, float] | None:
    """The classes of an expression by the course head; by the pair classifier where its classes are others."""
    labels, expressions = meter.runtime.labels, meter.runtime.expressions
    if named_by_course(labels, expressions):
        values = decision.classes(finding)
        return {name: float(value) for name, value in zip(expressions, values, strict=True)}
    held = meter.places
    first = _kept_before(held, onset)
    inside = [place for place in held if first < place < offset]
    if not inside:
        return None
    chosen = np.unique(np.round(np.linspace(0, len(inside) - 1, CLIP_FRAMES)).astype(int))
    (view,) = meter.views([(first, *(inside[number] for number in chosen))])
    return None if view is None else {labels[i]: float(value) for i, value in enumerate(view.probabilities)}


def _kept_before(held: list[int], place: int) -> int:
    """The last kept frame up to a place; the first one where all are later."""
    return max((one for one in held if one <= place), default=held[0])

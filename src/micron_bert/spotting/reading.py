"""The course head on a stream: a step's prediction, as soon as the later steps it depends on have come."""

from typing import NamedTuple

import numpy as np

from micron_bert.model.recognizer_micron_bert import CourseRuntime
from micron_bert.spotting.odds import sigmoid, softmax
from micron_bert.spotting.steps import Step


class Reading(NamedTuple):
    """
    The head's prediction for one step.

    Attributes:
        time (`float`): in seconds.
        kind (`np.ndarray` of shape `(3,)`): probabilities of no expression, a micro- and a macro-expression.
        classes (`np.ndarray` of shape `(classes,)`): which expression, if it is one; sum 1.
        apex (`float`): probability that an expression is at its strongest.
        onset, offset (`float`): predicted onset and offset, in seconds.
    """

    time: float
    kind: np.ndarray
    classes: np.ndarray
    apex: float
    onset: float
    offset: float


class CourseReader:
    """
    Runs the head over the steps of one stretch; it keeps only the steps in the head's receptive field.

    Args:
        head ([`CourseRuntime`]): of the model.
    """

    def __init__(self, head: CourseRuntime):
        self.head = head
        self.clear()

    def clear(self) -> None:
        """Forgets the stretch."""
        self.steps: list[Step] = []
        self.dropped = self.read_until = 0  # numbers of steps

    def push(self, steps: list[Step]) -> None:
        """Takes the next steps."""
        self.steps += steps

    def read(self, finished: bool = False) -> list[Reading]:
        """
        The predictions that became available since the last call.

        Args:
            finished (`bool`, defaults to `False`): whether the stretch is over, so that no later steps will come.
        """
        count = self.dropped + len(self.steps)
        until = count if finished else count - self.head.ahead
        if until <= self.read_until:
            return []
        first = self.read_until - self.dropped
        output = self._run(self.steps)
        readings = [
            Reading(
                step.time,
                output["kind"][place],
                output["classes"][place],
                float(output["apex"][place]),
                step.time - float(output["ends"][place, 0]),
                step.time + float(output["ends"][place, 1]),
            )
            for place, step in enumerate(self.steps[: until - self.dropped])
            if place >= first
        ]
        self.read_until = until
        spare = max(until - self.head.back - self.dropped, 0)
        self.steps, self.dropped = self.steps[spare:], self.dropped + spare
        return readings

    def _run(self, steps: list[Step]) -> dict[str, np.ndarray]:
        position, maps, pair_logits = (np.stack(values) for values in list(zip(*steps, strict=True))[1:])
        # relative to the newest step, because a slow drift from the reference frame must not change predictions
        answer = self.head.read(position - position[-1:], maps, pair_logits)
        return {
            "kind": softmax(answer.kind),
            "classes": softmax(answer.logits),
            "apex": sigmoid(answer.apex),
            "ends": answer.ends,
        }

"""What is usual for a face at rest, known beforehand or learned from its first seconds, and what that holds back."""

from micron_bert.spotting.baseline import SHORTEST, Baseline
from micron_bert.spotting.decision import Decision, Finding
from micron_bert.spotting.point import Point

Findings = tuple[list[Finding], list[Finding]]  # to report, and refused


class Rest:
    """
    Holds back what lies in the time at rest, and raises the confidence required to that of the surest finding in it.

    Args:
        seconds (`float`): from the first frame on in which the face is neutral; they become the baseline.
        baseline ([`Baseline`], *optional*): of this face, known beforehand.
        decision ([`Decision`]): of the face; it asks for more from a baseline on.

    Attributes:
        goes_on (`bool`): whether the face is still in its resting seconds.
        baseline ([`Baseline`], *optional*): as far as one is known.
    """

    def __init__(self, seconds: float, baseline: Baseline | None, decision: Decision):
        self.seconds, self.baseline, self.decision = seconds, baseline, decision
        self.goes_on = seconds > 0
        self.begun: float | None = None
        self.seen = 0.0  # seconds of the face
        self.movements: list[float] = []
        self.findings: list[Finding] = []
        if baseline is not None:
            self._ask_for_more()

    def see(self, point: Point, spacing: float) -> None:
        """Takes the next point of the curve, so many seconds after the one before."""
        if self.goes_on:
            self.begun = point.time if self.begun is None else self.begun
            if point.time < self._until:
                self.seen += spacing
                self.movements.append(point.movement)

    def hold_back(self, reported: list[Finding], refused: list[Finding]) -> Findings:
        """Of new findings those outside the time at rest."""
        if self.goes_on:
            return self._learn(reported, refused)
        if self.baseline is None:
            return reported, refused
        return tuple([one for one in several if not self.baseline.holds(one.apex)] for several in (reported, refused))

    @property
    def _until(self) -> float:
        return self.begun + self.seconds

    def _learn(self, reported: list[Finding], refused: list[Finding]) -> Findings:
        until = self._until
        self.findings += [finding for finding in (*reported, *refused) if finding.apex < until]
        reported, refused = ([one for one in several if one.apex >= until] for several in (reported, refused))
        if self.decision.looked_until > until:
            self.goes_on = False
            # a face that was absent has no baseline
            if self.seen >= SHORTEST:
                self.baseline = Baseline.of((self.begun, until), self.seen, self.movements, self.findings)
                self._ask_for_more()
            reported = [one for one in reported if one.confidence >= self.decision.required[one.kind]]
        return reported, refused

    def _ask_for_more(self) -> None:
        self.decision.required = self.baseline.required(self.decision.required)

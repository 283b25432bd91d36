"""The report of a loader: rows that it left out, mended or remarked on."""

from collections import Counter
from dataclasses import asdict, dataclass, field

from micron_bert.labels.action_units import CHALLENGE

DROPPED, MENDED, NOTED = "dropped", "mended", "noted"


@dataclass(frozen=True)
class Remark:
    """
    Attributes:
        kind (`str`): `"dropped"` (the row is not in the result), `"mended"` (a value was changed) or `"noted"`.
        dataset (`str`): its name.
        row (`str`): which clip and which row of the sheet, or which file.
        reason (`str`): why.
    """

    kind: str
    dataset: str
    row: str
    reason: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.dataset} {self.row}: {self.reason}"


@dataclass
class Report:
    """
    Everything that happened between the owners' files and the loaded rows.

    Attributes:
        dataset (`str`): its name.
        path (`str`): the folder.
        annotations (`list[str]`): files that the rows come from.
        action_units (`str`): `"challenge"` or `"strict"`, how ambiguous cells are read; see
            [`~micron_bert.labels.action_units.parse_action_units`].
        variant (`str` or `None`): `"raw"` or `"cropped"`, the pictures that were taken.
        annotated (`int`): rows before pictures were looked for.
        loaded (`int`): rows in the result.
        counts_annotated, counts_loaded (`dict`): see [`~micron_bert.data.counts.count_clips`].
        remarks (`list[Remark]`): in order.
    """

    dataset: str
    path: str
    annotations: list[str] = field(default_factory=list)
    action_units: str = CHALLENGE
    variant: str | None = None
    annotated: int = 0
    loaded: int = 0
    counts_annotated: dict = field(default_factory=dict)
    counts_loaded: dict = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def drop(self, row: str, reason: str) -> None:
        """A row that is not in the result."""
        self.remarks.append(Remark(DROPPED, self.dataset, row, reason))

    def mend(self, row: str, reason: str) -> None:
        """A row with a value that is not the annotated one."""
        self.remarks.append(Remark(MENDED, self.dataset, row, reason))

    def note(self, row: str, reason: str) -> None:
        """Something worth knowing that changed no value."""
        self.remarks.append(Remark(NOTED, self.dataset, row, reason))

    @property
    def dropped(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.kind == DROPPED]

    @property
    def mended(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.kind == MENDED]

    @property
    def noted(self) -> list[Remark]:
        return [remark for remark in self.remarks if remark.kind == NOTED]

    def as_dict(self) -> dict:
        """For JSON."""
        return asdict(self)

    def __str__(self) -> str:
        counts = Counter(remark.kind for remark in self.remarks)
        said = ", ".join(f"{counts[kind]} {kind}" for kind in (DROPPED, MENDED, NOTED))
        return "\n".join(
            [f"{self.dataset}: {self.loaded} of {self.annotated} rows loaded; {said}", *map(str, self.remarks)]
        )

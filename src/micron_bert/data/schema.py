"""The columns that every loaded dataset has."""

from dataclasses import dataclass, field
from pathlib import Path

from datasets import Dataset, Features, List, Value

from micron_bert.labels.action_units import ActionUnit

CLIP_FEATURES = Features(
    {
        "dataset": Value("string"),
        "subject": Value("string"),
        "clip": Value("string"),
        "frames": List(Value("string")),
        "frame_numbers": List(Value("int32")),
        "onset": Value("int32"),
        "apex": Value("int32"),
        "offset": Value("int32"),
        "fps": Value("float32"),
        "emotion": Value("string"),
        "action_units": List({"number": Value("int32"), "side": Value("string"), "intensity": Value("string")}),
        "objective_class": Value("int32"),
        "interval_type": Value("string"),
    }
)
MICRO, MACRO = "micro", "macro"


@dataclass
class Clip:
    """
    One annotated interval.

    Attributes:
        dataset, subject, clip (`str`): together its key; subjects and clips are spelled as in the owners' folders.
        fps (`float`): at which it was recorded.
        onset, apex, offset (`int` or `None`): numbers of frames, as annotated.
        emotion (`str` or `None`): the dataset's word, lower case.
        action_units (`list[ActionUnit]`): as coded.
        objective_class (`int` or `None`): 1 to 7.
        interval_type (`str`): `"micro"` or `"macro"`.
        frames (`list[str]`): paths of its pictures in order, or of one video.
        frame_numbers (`list[int]`): the number of each frame.
        row (`str`): where the annotation is, for the report.
        folders (`list[Path]`): where its pictures may be.
        video (`Path` or `None`): a video of it, or one that it is a part of.
        first (`int`): the number that the first frame of `video` has in the annotation.
        length (`int` or `None`): frames of `video`, where that is known.
        whole (`bool`): whether its folder holds this clip alone, or a long video that it is a part of.
    """

    dataset: str
    subject: str
    clip: str
    fps: float
    onset: int | None = None
    apex: int | None = None
    offset: int | None = None
    emotion: str | None = None
    action_units: list[ActionUnit] = field(default_factory=list)
    objective_class: int | None = None
    interval_type: str = MICRO
    frames: list[str] = field(default_factory=list)
    frame_numbers: list[int] = field(default_factory=list)
    row: str = ""
    folders: list[Path] = field(default_factory=list)
    video: Path | None = None
    first: int = 0
    length: int | None = None
    whole: bool = True

    @property
    def name(self) -> str:
        """What the report calls it."""
        return f"{self.subject}/{self.clip}" + (f" ({self.row})" if self.row else "")

    def as_row(self) -> dict:
        """The values of `CLIP_FEATURES`."""
        values = {column: getattr(self, column) for column in CLIP_FEATURES}
        return values | {"action_units": [unit._asdict() for unit in self.action_units]}


def as_dataset(clips: list[Clip]) -> Dataset:
    """Clips as a table with the columns `CLIP_FEATURES`."""
    rows = [clip.as_row() for clip in clips]
    return Dataset.from_dict({column: [row[column] for row in rows] for column in CLIP_FEATURES}, CLIP_FEATURES)

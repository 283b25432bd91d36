"""One clip of a loaded dataset as a row of a prepared one: crops of the aligned face, positions instead of numbers."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from micron_bert.data.prepared.apex import ANNOTATED, MIDPOINT, NONE, SPOTTED, midpoint, spot_apex
from micron_bert.errors import InputError, NoFaceError
from micron_bert.faces import align_clip
from micron_bert.labels.classes import LABELLINGS
from micron_bert.video import open_video, read_image
from micron_bert.video.picture import common_white, png_bytes
from micron_bert.video.reader import Frame

PAIR, CLIP = "pair", "clip"
EMOTION = "emotion"
LABELS = (EMOTION, *LABELLINGS)
RENAMED_LABELS = {"four": "casme3-four", "seven": "casme3-seven"}


@dataclass(frozen=True)
class CropSettings:
    """
    Attributes:
        frames (`str`): `"pair"` for onset and apex, `"clip"` for all frames from onset to offset.
        apex (`tuple[str, ...]`): where the apex comes from, the first that there is: `"annotated"`, `"midpoint"`,
            `"spotted"`; or `"none"`, which keeps whole clips without one.
        size (`int`): side of the crops in pixels.
        label (`str`): what the column `label` says, one of `LABELS`; clips without it are left out.
        register (`bool`): whether the crops are registered to the onset.
        cropped (`bool`): whether the pictures are crops of aligned faces already.
        models (`str` or `None`): folder with the face models.
    """

    frames: str = PAIR
    apex: tuple[str, ...] = (ANNOTATED,)
    size: int = 112
    label: str = EMOTION
    register: bool = True
    cropped: bool = False
    models: str | None = None

    def __post_init__(self):
        known = (ANNOTATED, MIDPOINT, SPOTTED, NONE)
        if self.frames not in (PAIR, CLIP):
            raise InputError(f"`frames` is `{self.frames}`; choose `{PAIR}` or `{CLIP}`.")
        wrong = next((way for way in self.apex if way not in known), None)
        if wrong is not None or not self.apex:
            raise InputError(f"`apex` is `{wrong}`; choose among {', '.join(f'`{way}`' for way in known)}.")
        if NONE in self.apex and self.frames == PAIR:
            raise InputError(
                "A pair needs an apex; prepare whole clips with `frames` = `clip`, or choose another `apex`."
            )
        if self.label in RENAMED_LABELS:
            raise InputError(f"`label` `{self.label}` is now spelled `{RENAMED_LABELS[self.label]}`.")
        if self.label not in LABELS:
            raise InputError(f"`label` is `{self.label}`; choose among {', '.join(f'`{name}`' for name in LABELS)}.")
        if self.size < 32:
            raise InputError(f"`size` is `{self.size}`; a face needs 32 pixels at least.")


def crop_features():
    """The columns of a prepared dataset, as `datasets.Features`; those of a loaded one with pictures for paths."""
    from datasets import Features, Image, List, Value

    from micron_bert.data.schema import CLIP_FEATURES

    own = {"frames": List(Image()), "label": Value("string"), "apex_from": Value("string")}
    return Features({**CLIP_FEATURES, **own})


def crop_row(row: dict, settings: CropSettings) -> tuple[dict, list[str]]:
    """
    Align the face of a clip and cut it out.

    Args:
        row (`dict`):
            A row of a loaded dataset.
        settings ([`CropSettings`]):
            How.

    Returns:
        `tuple[dict, list[str]]`: a row of `crop_features()`, where onset, apex and offset are positions in `frames`,
        and sentences on frames that were left out.

    Raises:
        [`InputError`]: there is no label, apex, picture or face; the message is the reason.
    """
    label = row["emotion"]
    if settings.label != EMOTION:
        label = LABELLINGS[settings.label].label(row["emotion"], row["dataset"], row["objective_class"])
    if label is None and settings.label != EMOTION:
        raise InputError(f"`{row['emotion']}` has no class of `{settings.label}`")
    remarks: list[str] = []
    way, apex = _known_apex(row, settings)
    wanted = (row["onset"], apex) if settings.frames == PAIR and apex is not None else None
    frames = _frames(row, wanted, remarks)
    first = next(frames, None)
    if first is None:
        raise InputError("none of its pictures can be read" + (f"; the first: {remarks[0]}" if remarks else ""))
    try:
        clip = align_clip(
            itertools.chain([first], frames),
            settings.size,
            register=settings.register,
            reference=0,
            missing="skip",
            cropped=settings.cropped,
            models=settings.models,
        )
    except NoFaceError:
        raise InputError("no face was found") from None
    numbers = [int(number) for number in clip.indices]
    onset = row["onset"] if row["onset"] is not None else numbers[0]
    for moment, number in (("onset", onset), ("apex", apex)):
        if number is not None and number not in numbers:
            raise InputError(f"the picture of the {moment} {number} shows no face or cannot be read")
    if way == SPOTTED:
        apex = numbers[spot_apex(clip.frames)]
    if apex == onset:
        raise InputError(f"the apex {apex} is the onset")
    lost = [n for n in row["frame_numbers"] if n not in numbers and onset <= n <= numbers[-1]]
    if wanted is None and lost and not remarks:
        remarks.append(f"{len(lost)} frames without a face are left out")
    kept = [onset, apex] if settings.frames == PAIR else numbers
    offset = row["offset"]
    return {
        **row,
        "frames": [{"bytes": png_bytes(clip.frames[numbers.index(number)]), "path": None} for number in kept],
        "frame_numbers": kept,
        "onset": kept.index(onset),
        "apex": None if apex is None else kept.index(apex),
        # the last frame that there is, where that of the offset is missing
        "offset": max(i for i, n in enumerate(kept) if n <= offset) if offset is not None and wanted is None else None,
        "label": label,
        "apex_from": way,
    }, remarks


def _known_apex(row: dict, settings: CropSettings) -> tuple[str, int | None]:
    """Where the apex of a clip comes from, and its number where that needs no picture."""
    for way in settings.apex:
        if way == ANNOTATED and row["apex"] is not None:
            return way, row["apex"]
        if way == MIDPOINT and row["onset"] is not None and row["offset"] is not None:
            return way, midpoint(
                row["frame_numbers"] or list(range(row["onset"], row["offset"] + 1)), row["onset"], row["offset"]
            )
        if way in (SPOTTED, NONE):
            return way, None
    raise InputError(f"there is no {' or '.join(settings.apex)} apex; add `midpoint` or `spotted`")


def _frames(row: dict, wanted: tuple[int, ...] | None, remarks: list[str]) -> Iterator[Frame]:
    """The frames from onset to offset, or those wanted, under their numbers, without those that cannot be read."""
    if len(row["frames"]) == 1 and len(row["frame_numbers"]) != 1:
        yield from _film_frames(row, wanted)
        return
    white = common_white(row["frames"])
    for number, path in zip(row["frame_numbers"], row["frames"], strict=True):
        if number not in wanted if wanted else not _inside(row, number):
            continue
        try:
            yield Frame(number, number / row["fps"], read_image(path, white))
        except InputError as error:
            remarks.append(str(error))


def _film_frames(row: dict, wanted: tuple[int, ...] | None) -> Iterator[Frame]:
    # a film that was cut out of a longer one begins with its first number
    first = row["frame_numbers"][0] if row["frame_numbers"] else 0
    with open_video(row["frames"][0]) as video:
        for frame in video:
            number = first + frame.index
            if number in wanted if wanted else _inside(row, number):
                yield frame._replace(index=number)


def _inside(row: dict, number: int) -> bool:
    after = row["onset"] is None or number >= row["onset"]
    return after and (row["offset"] is None or number <= row["offset"])

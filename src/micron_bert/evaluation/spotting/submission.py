"""The grand challenge's files of predictions, `cas_pred.csv` and `samm_pred.csv`: written, read and scored."""

import csv
import io
import warnings
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path

from micron_bert.data.tables import read_table, squeeze
from micron_bert.errors import InputError
from micron_bert.escaping import for_csv, from_csv
from micron_bert.evaluation.composite import clip_key
from micron_bert.evaluation.spotting.long_videos import LongVideo
from micron_bert.evaluation.spotting.scores import Candidate, Spotted
from micron_bert.labels.classes import three_class
from micron_bert.metrics.spotting import VideoInterval
from micron_bert.metrics.strs import spot_then_recognize
from micron_bert.output_folder import write_text

COLUMNS = ("subject", "video", "onset", "offset", "emotion")
SPELLINGS = {name: (name,) for name in COLUMNS} | {"kind": ("kind", "type", "interval_type")}
SHOWN = 5  # names in a sentence


def prediction_file(name: str) -> str:
    """The challenge's name of the file of predictions: `samm_pred.csv` for SAMM, `cas_pred.csv` for the CAS."""
    plain = squeeze(name)
    return "samm_pred.csv" if "samm" in plain else "cas_pred.csv" if "cas" in plain else "pred.csv"


def write_predictions(path: Path, predictions: Iterable[VideoInterval]) -> Path:
    """Micro-expressions by subject, video, onset, offset (the dataset's numbers of frames) and emotion."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for one in predictions:
        row = (one.subject, one.video, one.onset, one.offset, one.emotion or "")
        table.writerow([for_csv(cell) for cell in row])
    return write_text(path, text.getvalue())


def read_predictions(path: Path) -> list[VideoInterval]:
    """
    The micro-expressions in such a file, by anybody; its columns may stand in any order.

    Rows that a column `kind` calls macro-expressions are passed over. An onset may be negative, as in files of
    methods that take fixed lengths around an apex: it counts as it stands, as in the challenge's scorer, and a warning
    names the row. An offset may not, for nothing of such an interval is in the video.

    Raises:
        [`InputError`]: no such file, a row without a subject, a video, an onset and an offset after it, or with a
            negative offset.
    """
    if not path.is_file():
        raise InputError(f"There is no file of predictions `{path}`; check the path.")
    predictions, early = [], []
    for row in read_table(path, SPELLINGS, ("subject", "video", "onset", "offset")).rows:
        if row.text("kind").lower().startswith("mac"):
            continue
        try:
            onset, offset = row.integer("onset"), row.integer("offset")
            if not row.text("subject") or not row.text("video") or onset is None or offset is None:
                raise ValueError("a subject, a video, an onset and an offset must be there")
            if offset < 0:
                raise ValueError(f"the offset `{offset}` is negative; frames are counted from 0 or 1")
            early += [row.number] if onset < 0 else []
            emotion = row.text("emotion").lower() or None
            subject, video = from_csv(row.text("subject")), from_csv(row.text("video"))
            predictions.append(VideoInterval(subject, video, onset, offset, emotion))
        except ValueError as error:
            raise InputError(f"Row {row.number} of `{path}`: {str(error).rstrip('.')}.") from error
    if early:
        warnings.warn(
            f"Of `{path}`, {len(early)} intervals begin before frame 0, the first in row {early[0]}; they count as "
            "they stand, as in the challenge's own scorer.",
            stacklevel=2,
        )
    return predictions


def predictions_of(videos: Sequence[LongVideo], spotted: Iterable[Spotted]) -> list[VideoInterval]:
    """The micro-expressions spotted, in the challenge's format and the dataset's numbers of frames."""
    return [
        VideoInterval(video.subject, video.video, *(video.numbers[place] for place in _inside(one, video)), one.label)
        for video, result in zip(videos, spotted, strict=True)
        for one in result.candidates
        if one.kind == "micro"
    ]


def _inside(one: Candidate, video: LongVideo) -> tuple[int, int]:
    last = len(video.numbers) - 1
    return min(one.onset, last), min(one.offset, last)


def place_predictions(videos: Sequence[LongVideo], predictions: Sequence[VideoInterval]) -> list[Spotted]:
    """
    Predictions in the videos of a database, to be scored as candidates are.

    Names are compared without padding and case: `6` is `006`. An emotion counts as its class of the three.

    Raises:
        [`InputError`]: a video that is not there.
    """
    at = {_key(video.subject, video.video): place for place, video in enumerate(videos)}
    strangers = list(dict.fromkeys(f"{one.subject}/{one.video}" for one in predictions if _key(*one.place) not in at))
    if strangers:
        raise InputError(
            f"The predictions name {len(strangers)} videos that are not among the {len(videos)} that are there: "
            f"{', '.join(strangers[:SHOWN])}{', …' if len(strangers) > SHOWN else ''}. There are such as "
            f"{videos[0].subject}/{videos[0].video}."
        )
    candidates: list[list[Candidate]] = [[] for _ in videos]
    for one in predictions:
        place = at[_key(*one.place)]
        onset, offset = (_position(videos[place].numbers, number) for number in (one.onset, one.offset))
        label = one.emotion and (three_class(one.emotion) or one.emotion)
        candidates[place].append(Candidate(onset, onset, offset, "micro", 1.0, label))
    spotted = []
    for video, found in zip(videos, candidates, strict=True):
        truth = [one for one in video.truth if one.kind == "micro"]  # nobody was asked for the others
        spotted.append(Spotted(video.subject, video.video, video.minutes, truth, found))
    return spotted


def official_strs(spotted: Sequence[Spotted]) -> dict | None:
    """STRS of micro-expressions as the challenge's own scorer counts it; None where emotions are missing."""
    found = [one for video in spotted for one in video.found("micro")]
    truth = [one for video in spotted for one in video.true("micro")]
    if not truth or any(one.emotion is None for one in (*found, *truth)):
        return None
    return spot_then_recognize(found, truth, official=True)


def _key(subject: str, video: str) -> tuple[str, str, str]:
    return clip_key("", subject, video)


def _position(numbers: Sequence[int], number: int) -> int:
    """Where a frame of this number is or would be; before the first and after the last one as many as are missing."""
    if number < numbers[0]:
        return number - numbers[0]
    if number > numbers[-1]:
        return len(numbers) - 1 + number - numbers[-1]
    return bisect_left(numbers, number)

"""Onset, apex and offset of an annotated row, and whether they make sense."""

import math

from micron_bert.data.report import Report
from micron_bert.data.schema import MICRO, Clip
from micron_bert.data.tables import Row

FASTEST = 100_000  # frames per second
LONGEST_PLAUSIBLE = 3.0  # seconds; longer ones are slips of the pen


def read_rate(clip: Clip, row: Row, report: Report) -> None:
    """The frame rate that a row tells; what is none leaves the clip's own, and is reported."""
    try:
        rate = float(row.text("fps"))
    except ValueError:
        rate = math.nan
    if 0 < rate <= FASTEST:
        clip.fps = rate
    else:
        report.mend(clip.name, f"its frame rate is `{row.text('fps')}`; {clip.fps:g} is taken")


def read_interval(clip: Clip, row: Row, report: Report) -> bool:
    """
    Fill in onset, apex and offset from the columns of these names.

    Returns:
        `bool`: False for a row that has to be left out.
    """
    for moment in ("onset", "apex", "offset"):
        try:
            number = row.integer(moment)
        except ValueError as error:
            if moment == "onset":
                report.drop(clip.name, str(error))
                return False
            report.mend(clip.name, f"{error}; it is left open")
            continue
        if number is not None and number < 0:
            if moment == "onset":
                report.drop(clip.name, f"the onset is `{number}`, before the first frame; correct it in the sheet")
                return False
            report.mend(clip.name, f"the {moment} is `{number}`, before the first frame; it is left open")
            continue
        setattr(clip, moment, number)
        if number is not None and float(row.text(moment).replace(",", ".")) != number:
            report.mend(clip.name, f"the {moment} is `{row.text(moment)}`, no whole frame; {number} is taken")
        if number is None and moment in row.values:
            written = row.text(moment)
            said = f"there is no {moment}" + (f" (`{written}`)" if written else "")
            if moment == "onset":
                report.drop(clip.name, said)
                return False
            report.note(clip.name, said)
    if (clip.onset, clip.apex or 0, clip.offset) == (0, 0, 0):
        report.drop(clip.name, "onset, apex and offset are 0, which stands for not coded")
        return False
    check_order(clip, report)
    return True


def check_order(clip: Clip, report: Report) -> None:
    """Mend what the sheets are known to have wrong; say what else looks wrong."""
    # 0 stands for a moment that nobody coded, where it cannot be a frame
    if clip.apex == 0 and clip.onset > 0:
        clip.apex = None
        report.mend(clip.name, "the apex is 0, which stands for not coded; it is left open")
    if clip.offset == 0 and (clip.onset > 0 or clip.apex):
        clip.offset = clip.apex
        taken = "it is left open" if clip.apex is None else f"the apex {clip.apex} is taken"
        report.mend(clip.name, f"the offset is 0; {taken}")
    mended = _slip(clip)
    if mended is not None:
        report.mend(
            clip.name,
            f"the onset {clip.onset} is after the apex {clip.apex}; {mended} is taken",
        )
        clip.onset = mended
    if clip.offset is not None and clip.offset < clip.onset:
        report.note(clip.name, f"the interval runs backwards, from onset {clip.onset} to offset {clip.offset}")
    end = clip.offset if clip.offset is not None else clip.apex
    if clip.apex is not None and not clip.onset <= clip.apex <= end:
        report.mend(clip.name, f"the apex {clip.apex} is outside {clip.onset} to {end}; it is left open")
        clip.apex = None
    elif clip.apex is not None and clip.apex == clip.onset:
        report.note(clip.name, f"the apex {clip.apex} is the onset")
    seconds = (end - clip.onset + 1) / clip.fps if end is not None else 0
    if clip.interval_type == MICRO and seconds > LONGEST_PLAUSIBLE:
        report.note(clip.name, f"it lasts {seconds:.1f} s, long for a micro-expression")


def _slip(clip: Clip) -> int | None:
    """
    The onset that was meant where one digit of it is wrong: 2647 for an onset of 3647, apex 2668 and offset 2694.

    None where the order is right, or where no digit or more than one would put it right.
    """
    if None in (clip.apex, clip.offset) or not clip.apex <= clip.offset < clip.onset:
        return None
    written, apex = str(clip.onset), str(clip.apex)
    if len(written) != len(apex):
        return None
    guesses = {int(written[:place] + apex[place] + written[place + 1 :]) for place in range(len(apex))}
    meant = [
        guess for guess in guesses if guess < clip.apex and (clip.offset - guess + 1) / clip.fps <= LONGEST_PLAUSIBLE
    ]
    return meant[0] if len(meant) == 1 else None

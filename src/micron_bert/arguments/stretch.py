"""A stretch of a film, as it is typed."""

import math

from micron_bert.errors import InputError


def stretch_of(option: str, text: str) -> tuple[float, float]:
    """
    Seconds from and to.

    Args:
        option (`str`): name of the option, for the message.
        text (`str`): such as `0-3.5`.

    Raises:
        [`InputError`]: it is not of that form, or ends before it begins.
    """
    parts = text.split("-")
    try:
        start, end = map(float, parts)
    except ValueError:
        start = end = math.nan
    if not (math.isfinite(start) and math.isfinite(end) and start < end):
        raise InputError(f"`{option}` is `{text}`; give the seconds from and to, such as `0-3.5`.")
    return start, end

"""Optional imports from the package `micron_bert`: the one place where remote code looks for it."""

import logging

# of the package that this file belongs to: with another version the code here and there do not fit together
VERSION = "0.1.0"

logger = logging.getLogger(__name__)


def matching_version() -> str | None:
    """The version of the installed package; None where there is none, or another one, which is said once."""
    try:
        from micron_bert import __version__
    except ImportError:  # a model from the Hub works without the package
        return None
    if __version__ != VERSION:
        logger.warning(
            f"`micron_bert` {__version__} is installed, but the code of this model belongs to version {VERSION}: the "
            f"package is not used, frames are taken as aligned faces. `pip install micron-bert=={VERSION}` fits."
        )
        return None
    return __version__


align_clip = open_video = recognize_film = Frame = HeldFrames = None
diagonal_micro_attention = displaced_micro_attention = None
if matching_version() is not None:
    try:
        from micron_bert import recognize_film
        from micron_bert.faces import align_clip
        from micron_bert.video.held_frames import HeldFrames
        from micron_bert.video.reader import Frame, open_video
    except ImportError as error:
        logger.warning(f"`micron_bert` is installed, but faces cannot be found with it: {error}.")
    try:
        from micron_bert.ops import diagonal_micro_attention, displaced_micro_attention
    except ImportError:  # the eager form gives the same numbers
        pass

__all__ = [
    "VERSION",
    "Frame",
    "HeldFrames",
    "align_clip",
    "diagonal_micro_attention",
    "displaced_micro_attention",
    "matching_version",
    "open_video",
    "recognize_film",
]

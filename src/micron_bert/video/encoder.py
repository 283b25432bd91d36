"""How films are encoded, so that the same pictures give the same bits."""

import av

CRF = 17  # of films that are written for people; nothing can be seen to be lost


def encoder_for(preset: str = "medium") -> tuple[str, dict[str, str]]:
    """
    Name and options of the encoder: H.264 where PyAV has x264, else MPEG-4 at a high quality.

    Args:
        preset (`str`): how much H.264 tries.
    """
    return ("libx264", h264(CRF, preset)) if "libx264" in av.codecs_available else ("mpeg4", {"q:v": "2"})


def h264(crf: int, preset: str) -> dict[str, str]:
    """Options of x264 for a rate factor (18 is good, 28 poor)."""
    # with its macroblock tree x264 reads beyond pictures of some sizes, and its bits differ
    return {"crf": str(crf), "preset": preset, "x264-params": "mbtree=0"}

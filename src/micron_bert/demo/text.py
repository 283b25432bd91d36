"""What visitors are told before they begin, and beside every answer."""

from pathlib import Path

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.demo.limits import LARGEST_FILE, LARGEST_SIDE, LONGEST
from micron_bert.publishing.results import read_results

TITLE = "Micro-expressions"
INTRODUCTION = (
    "A micro-expression lasts a tenth to half a second and shifts the skin by a pixel or two. "
    "**μ-BERT** finds the movement, and shows where the face moved, which way and how far."
)
CONSENT = (
    "**Use pictures of yourself, or of people who have agreed to this.** "
    "Pictures are not kept: an upload and its result are deleted within {minutes} minutes, frames of the live "
    "camera are never written to disk, and nothing is sent anywhere else."
)
WARNING = (
    "**This is not a lie detector.** It describes a movement of the face, not a feeling, and learned from synthetic "
    "movements of portrait photographs. The European Union's AI Act (article 5) forbids inferring emotions of people "
    "at work and in education. Do not use it to judge anyone."
)
CLIP_WAYS = "Upload a clip, or record one with the camera (the round sign below)."
CLIP_HINT = (
    "A face from the front, well lit, 25 or more frames a second; of several faces, the largest counts. "
    f"Up to {LONGEST:g} s, {LARGEST_FILE} MiB and {LARGEST_SIDE} pixels on the longer side."
)
PAIR_HINT = "Two frames of one recording: the face at rest (onset), and when it has moved furthest (apex)."
LIVE_HINT = (
    "Start the camera and hold your head still. The curve shows how much the face moves; what looks like an "
    "expression is shaded when it is over, and the curve breaks off where the face is lost or moves too far. Times "
    "count from the start of the camera. At most {rate:g} frames a second arrive here, too few for the quickest "
    "movements: for those, record a clip."
)
LIVE_ELSEWHERE = "Your camera is on in another window; close that one first. One visitor has one camera at a time."
LIVE_BEFORE = "The curve appears here."
EXAMPLES = "Examples, made from a photograph of Eileen Collins (NASA, public domain); in some there is nothing to find"
PAIR_EXAMPLE = "An example, made from the same photograph"
NO_CLIP = "Upload or record a clip first."
NO_PICTURES = "Upload both pictures first."
BEFORE = "The result appears here: whether there is a micro-expression, when it was, and where the face moved."
BEFORE_PAIR = "The result appears here: where the face moved, which way and how far."
BUTTON = "Look for micro-expressions"
CLASSES = "What the movement resembles"
LIMITS = "How far to trust this"
UNSEEN = "Nobody has measured it on recordings of real micro-expressions. What is known:"
UNMEASURED = "How well this model does has not been measured."


def limits_of(model: str | None) -> str:
    """
    What the model is known to miss and to mistake, as its own results say it: Markdown.

    Args:
        model (`str`, *optional*): folder or Hub id; the model that comes with the package if left out.
    """
    folder = Path(model) if model else shipped_checkpoint()
    if not folder.is_dir():
        return f"How well it does is told by [its card](https://huggingface.co/{model})."
    known = read_results(folder).get("limits") or [UNMEASURED]
    return "\n".join([UNSEEN, "", *(f"- {limit}" for limit in known)])

"""What a visitor gets: the result in the page's terms, or one sentence."""

import re
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import gradio as gr

from micron_bert.demo.analysis import Analysis
from micron_bert.demo.archive import pack
from micron_bert.demo.uploads import held, upload_folder
from micron_bert.demo.views import movement_of, named, pair_of
from micron_bert.errors import InputError
from micron_bert.recognition.detection import NO, summary


def answer(analyse: Callable[..., Analysis], uploads: list[str], model: str, progress: gr.Progress) -> list:
    """
    Looks at uploads.

    Args:
        analyse (`Callable`): gets the files and a function that is told the progress.
        uploads (`list[str]`): paths of the files.
        model (`str`): its name, for the file to download.
        progress (`gradio.Progress`): of the visitor.

    Returns:
        `list`: verdict, probabilities, value of [`pair_view`], for a clip that of [`movement_view`], file to download.

    Raises:
        `gradio.Error`: in a sentence for visitors.
    """
    try:
        with held(uploads) as paths:
            analysis = analyse(*paths, lambda share, words: progress(share, desc=words))
        progress(0.95, desc="Drawing")
        curve = [] if analysis.curve is None else [movement_of(analysis)]
        archive = _save(pack(analysis, model))
        emotions = {named(label): share for label, share in analysis.recognition.probabilities.items()}
        return [_verdict(analysis), emotions, pair_of(analysis), *curve, archive]
    except InputError as error:
        raise message(_without_paths(str(error))) from error
    except Exception as error:
        traceback.print_exc()
        raise message("Something went wrong here, not with your upload; please try once more.") from error


def message(sentence: str) -> gr.Error:
    """A message that stays until it is read; it is shown as plain text, so that backticks would be seen."""
    return gr.Error(re.sub("`([^`]*)`", r"“\1”", sentence), duration=None, print_exception=False)


def _verdict(analysis: Analysis) -> str:
    found, detection = analysis.recognition, analysis.recognition.detection
    if analysis.curve is None:
        moved = "" if found.movement is None else f" by {found.movement:.2f} % of the distance between the eyes"
        label = f"{named(found.label)}, {found.probabilities[found.label]:.0%}"
        return f"### {label.capitalize()}\nThe face moved{moved}. {_sentence(summary(detection))}"
    notes = [] if detection.reliability is None else detection.reliability.advice
    if not detection.yes:
        heading = "No micro-expression found" if detection.detected == NO else "Cannot tell"
        below = "Below is the strongest quick movement of the clip."
        return "\n".join([f"### {heading}", _sentence(summary(detection)), below, *notes])
    interval = analysis.interval
    label = f"{named(found.label)}, {found.probabilities[found.label]:.0%}"
    longer = "" if interval.kind == "micro" else ", for it lasts longer than half a second"
    span = f"From {interval.start:.2f} to {interval.end:.2f} s, most at the {interval.region}"
    verdict = (
        f"### {label.capitalize()}\n{span}: a {interval.kind}-expression{longer}. Confidence that it is one, and not "
        f"a blink, speech or a turn of the head: {interval.confidence:.0%}; {detection.threshold:.0%} is asked for."
    )
    return "\n".join([verdict, *notes])


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _without_paths(sentence: str) -> str:
    """Files by their own names: the server's folders are nobody's business."""
    return re.sub(re.escape(str(upload_folder())) + r"[^`]*/", "", sentence)


def _save(archive: bytes) -> str:
    """A file in Gradio's own cache, which it deletes after a while."""
    folder = tempfile.mkdtemp(dir=upload_folder())
    path = Path(folder) / "micro-expression.zip"
    path.write_bytes(archive)
    return str(path)

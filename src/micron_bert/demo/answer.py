"""What a visitor gets: the result in the page's terms, or one sentence."""

import re
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import gradio as gr

from micron_bert.demo.analysis import Analysis, NoFaceSeen
from micron_bert.demo.archive import FLIP, PICTURE, TABLE, UNITS, files_of, pack, record_of
from micron_bert.demo.memory import give_back
from micron_bert.demo.uploads import held, upload_folder
from micron_bert.demo.views import data_uri, movement_of, named, pair_of
from micron_bert.demo.waiting import Waiting
from micron_bert.errors import InputError
from micron_bert.escaping import for_markdown, sentence_for_markdown
from micron_bert.recognition.detection import MICRO, NO, NONE, Detection, summary, why
from micron_bert.recognition.recognition import Recognition
from micron_bert.recognition.units import NOTHING, describe_unit, shown

LONGEST_ANALYSIS = 180.0  # seconds; a clip of 20 s takes some 40 on two cores


def look_at(
    analyse: Callable[..., Analysis], uploads: list[str], progress: gr.Progress, waiting: Waiting | None = None
) -> Analysis:
    """
    Looks at uploads.

    Args:
        analyse (`Callable`): gets the files and a function that is told the progress.
        uploads (`list[str]`): paths of the files.
        progress (`gradio.Progress`): of the visitor.
        waiting ([`Waiting`], *optional*): the others, whose uploads must not grow old meanwhile.

    Raises:
        [`InputError`]: in a sentence for visitors, which names no folder of the server.
    """
    deadline = monotonic() + LONGEST_ANALYSIS

    def tell(share: float, words: str) -> None:
        if monotonic() > deadline:
            raise InputError(
                f"This took more than {LONGEST_ANALYSIS:g} s and was stopped, so that others get their turn; upload a "
                "shorter clip, or one with fewer pixels."
            )
        if waiting is not None:
            waiting.refresh()
        progress(share, desc=words)

    try:
        with held(uploads) as paths:
            return analyse(*paths, tell)
    except InputError as error:
        error.args = (_without_paths(str(error)),)
        raise
    except Exception as error:
        traceback.print_exc()
        raise InputError("Something went wrong here, not with your upload; please try once more.") from error
    finally:
        give_back()


def answer(analysis: Analysis, model: str) -> list:
    """
    What the page shows.

    Returns:
        `list`: verdict, value of [`pair_view`], for a clip that of [`movement_view`], table of classes, archive.
    """
    curve = [] if analysis.curve is None else [movement_of(analysis)]
    archive = _save("micro-expression.zip", pack(analysis, model))
    return [_verdict(analysis), pair_of(analysis), *curve, _classes(analysis.recognition), archive]


def answer_to_program(analysis: Analysis, model: str) -> list:
    """
    What a program gets.

    Returns:
        `list`: the record of `result.json`, and paths of the other files in the order of [`names_told`]; `None` for
        one that there is not.
    """
    files = files_of(analysis)
    names = names_told(curve=analysis.curve is not None).values()
    return [record_of(analysis, model), *(_save(name, files[name]) if name in files else None for name in names)]


def names_told(curve: bool) -> dict[str, str]:
    """What a program gets beside the record, and in which file it is; the curve only of a clip."""
    names = {"flip": FLIP, "curve": TABLE, "movement": PICTURE, "units": UNITS}
    return names if curve else {name: file for name, file in names.items() if file != TABLE}


def no_result(error: InputError) -> str:
    """A refusal where the result would stand, with what was seen of a film without a face."""
    told = f"## No result\n\n{sentence_for_markdown(str(error))}"
    if isinstance(error, NoFaceSeen):
        told += f"\n\n![A frame of the film, as it was read]({data_uri(error.picture, 'jpeg')})"
    return told


def message(sentence: str) -> gr.Error:
    """A message that stays until it is read; it is shown as plain text, so that backticks would be seen."""
    return gr.Error(re.sub("`([^`]*)`", r"“\1”", sentence), duration=None, print_exception=False)


def _verdict(analysis: Analysis) -> str:
    """The answer as a heading, what moved, and how sure that is; what it resembles is never a heading."""
    found, detection = analysis.recognition, analysis.recognition.detection
    notes = [] if detection.reliability is None else detection.reliability.advice
    if analysis.curve is None and detection.detected == NO:
        return _lines("No micro-expression found", _sentence(why(detection)), _moved(found))
    if analysis.curve is None:
        return _lines("What moved", _moved(found), _resembles(found), _units(found), _sentence(summary(detection)))
    if not detection.yes:
        heading = "No micro-expression found" if detection.detected == NO else "Cannot tell"
        below = f"The strongest quick movement of the clip is below: {_moved(found, capital=False)}"
        return _lines(heading, _sentence(why(detection)), below, _sure(detection), *notes)
    interval = analysis.interval
    longer = "" if interval.kind == MICRO else " It lasts longer than half a second."
    span = f"From {interval.start:.2f} to {interval.end:.2f} s: {_moved(found, capital=False)}{longer}"
    heading = f"{interval.kind.capitalize()}-expression found"
    return _lines(heading, span, _resembles(found), _units(found), _sure(detection), *notes)


def _sure(detection: Detection) -> str:
    """How sure it is that the movement is an expression, beside what is asked for."""
    if not detection.tells_score:
        return ""
    return (
        "Confidence that it is an expression, and not a blink, speech or a turn of the head: "
        f"{detection.score:.2f}; {detection.threshold:.2f} is asked for."
    )


def _units(found: Recognition) -> str:
    """The action units that are told; empty where the model tells none."""
    if found.action_units is None:
        return ""
    units = [describe_unit(one) for one in shown(found.action_units)]
    return f"Action units: {'; '.join(units)}." if units else _sentence(NOTHING)


def _lines(heading: str, *sentences: str) -> str:
    return "\n\n".join([f"## {heading}", *(for_markdown(sentence) for sentence in sentences if sentence)])


def _moved(found: Recognition, capital: bool = True) -> str:
    text = "where the face moved is shown below" if found.description is None else str(found.description)
    return _sentence(text) if capital else f"{text}."


def _resembles(found: Recognition) -> str:
    if not found.resembles:
        return ""
    *names, last = sorted(label for label in found.probabilities if label != NONE)
    among = f"Of {', '.join(names)} and {last}, the" if names else "The"
    return f"{among} movement {found.resembles}."


def _classes(found: Recognition) -> str:
    """A table of the classes, the most probable first."""
    if found.label is None:
        return "A macro-expression gets no name here: nobody has measured whether its names hold."
    ranked = sorted(found.probabilities.items(), key=lambda item: -item[1])
    rows = [f"| {for_markdown(named(label))} | {value:.2f} |" for label, value in ranked]
    return "\n".join(["| class | probability |", "|---|---|", *rows])


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _without_paths(sentence: str) -> str:
    """Files by their own names: the server's folders are nobody's business."""
    return re.sub(re.escape(str(upload_folder())) + r"[^`]*/", "", sentence)


def _save(name: str, content: bytes) -> str:
    """A file in Gradio's own cache, which it deletes after a while."""
    path = Path(tempfile.mkdtemp(dir=upload_folder())) / name
    path.write_bytes(content)
    return str(path)

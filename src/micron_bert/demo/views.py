"""What the page shows of an analysis, drawn in the browser: nothing of it is written to the server's disk."""

import base64
from importlib import resources

import gradio as gr
import numpy as np

from micron_bert.demo.analysis import Analysis, to_jpeg
from micron_bert.pictures.action_units import COLOURS
from micron_bert.pictures.movement import TICKS, ramp
from micron_bert.recognition.detection import likeness
from micron_bert.recognition.pair_views import SHOWN_SIZE, pair_views, times, titles_of
from micron_bert.recognition.recognition import Recognition
from micron_bert.recognition.report import draw_units, tells_units
from micron_bert.recognition.units import describe_unit, shown
from micron_bert.spotting import Interval


def movement_view(value: dict | None = None, **options) -> gr.HTML:
    """The movement over time, with a slider that steps through the frames where there are any."""
    return _view("movement", value, **options)


def pair_view(value: dict | None = None, **options) -> gr.HTML:
    """Onset, apex and movement side by side, or onset and apex in turn; magnified if wanted."""
    return _view("pair", value, **options)


def _view(name: str, value: dict | None, **options) -> gr.HTML:
    """Markup, style and script of one name in `page/`; the value is a dictionary that the script draws."""
    page = resources.files("micron_bert.demo") / "page"
    html, css, js = ((page / f"{name}.{suffix}").read_text(encoding="utf-8") for suffix in ("html", "css", "js"))
    return gr.HTML(value, html_template=html, css_template=css, js_on_load=js, **options)


def movement_of(analysis: Analysis) -> dict:
    """Value of [`movement_view`] for a clip."""
    curve, found = analysis.curve, analysis.recognition
    numbers = np.array(sorted(analysis.faces))
    pictures = [int(numbers[np.abs(numbers - index).argmin()]) for index in curve.indices]
    marks = [{"time": found.times["apex"], "name": "apex"}]
    return {
        "times": [round(float(time), 4) for time in curve.times],
        "movement": plain(curve.movement),
        "indices": curve.indices.tolist(),
        "frames": {str(number): data_uri(jpeg, "jpeg") for number, jpeg in analysis.faces.items()},
        "pictures": [str(number) for number in pictures],
        "bands": [band(interval) for interval in analysis.intervals],
        "marks": marks,
        "shown": int(np.abs(curve.indices - found.apex).argmin()),
        # a single one is described above
        "note": "\n".join(map(describe, analysis.intervals)) if len(analysis.intervals) > 1 else "",
    }


def pair_of(analysis: Analysis) -> dict:
    """Value of [`pair_view`]."""
    found = analysis.recognition
    views, units = pair_views(found), tells_units(found) and shown(found.action_units)
    magnified = views.magnified is not None
    return {
        "onset": data_uri(to_jpeg(views.onset), "jpeg"),
        "apex": data_uri(to_jpeg(views.apex), "jpeg"),
        "magnified": data_uri(to_jpeg(views.magnified), "jpeg") if magnified else None,
        "factor": times(views.factor),
        "movement": data_uri(to_jpeg(views.movement), "jpeg"),
        "titles": list(titles_of(found)),
        "units": _units_of(found) if units else None,
        "ramp": ramp() if magnified else None,
        "ticks": [f"{tick:g}" for tick in TICKS],
    }


def _units_of(found: Recognition) -> dict:
    """The face with the skin that each shown unit moves, and the names in their colours, which the browser writes."""
    told = [describe_unit(one) for one in shown(found.action_units)]
    colours = ["#{:02x}{:02x}{:02x}".format(*COLOURS[number % len(COLOURS)]) for number in range(len(told))]
    face = draw_units(found)[:SHOWN_SIZE]  # below it the sheet for files has the names
    names = [{"colour": colour, "name": name} for colour, name in zip(colours, told, strict=True)]
    return {"picture": data_uri(to_jpeg(face), "jpeg"), "names": names}


def plain(values: np.ndarray) -> list[float | None]:
    """Numbers for JSON, which has no NaN."""
    return [None if np.isnan(value) else round(float(value), 3) for value in values]


def band(interval: Interval) -> dict:
    """An expression as a band of the chart."""
    return {"start": interval.start, "end": interval.end}


def describe(interval: Interval) -> str:
    """One line about an expression."""
    what = [f"{interval.kind}-expression", f"most at the {interval.region}", likeness(interval)]
    told = ", ".join(part for part in what if part)
    return f"{interval.start:.2f} to {interval.end:.2f} s: {told} (confidence {interval.confidence:.2f})"


def named(label: str) -> str:
    """A class in the words of the page."""
    return "no expression" if label == "none" else label


def data_uri(content: bytes, kind: str) -> str:
    """A picture inside the page."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"

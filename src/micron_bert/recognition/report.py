"""The files of a recognition: `result.json`, `movement.png`, `flip.gif` and, for a clip, an annotated video."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from micron_bert.output_folder import json_text, write_text
from micron_bert.pictures.action_units import draw_action_units
from micron_bert.pictures.figure import DPI, check_figures, to_bytes
from micron_bert.recognition.annotated_film import annotate
from micron_bert.recognition.detection import PAIR, describe_input, likeness, summary
from micron_bert.recognition.detection import to_json as detection_to_json
from micron_bert.recognition.pair_sheet import draw_views, figure_of_views
from micron_bert.recognition.pair_views import SHOWN_SIZE, PairViews, draw_flip, large_crop, pair_views, titles_of
from micron_bert.recognition.recognition import Recognition
from micron_bert.recognition.result_files import RECORD, document, whole_results
from micron_bert.recognition.units import NOTHING, describe_unit, shown
from micron_bert.recognition.units import to_json as units_to_json
from micron_bert.video.reader import open_video
from micron_bert.video.sound import Sound
from micron_bert.video.writer import write_video


def write_report(
    recognition: Recognition,
    source: str,
    folder: str | os.PathLike,
    model: str | None,
    fps: float | None = None,
    start: float = 0.0,
    end: float | None = None,
    figures: Sequence[str] = ("png",),
) -> list[Path]:
    """
    Writes the files of one recognition, all or none.

    Args:
        recognition ([`Recognition`]):
            What to report.
        source (`str`):
            Video or folder of frames; the name of the onset picture where there is no clip.
        folder (`str` or `os.PathLike`):
            Made if it is not there.
        model (`str` or `None`):
            Folder or Hub id of the model, for `result.json`; `None` is the one that comes with the package.
        fps (`float`, *optional*):
            Frame rate that the source was read with. The annotated video has the source's sound without it.
        start, end (`float`, *optional*):
            Part of the source that was looked at, in seconds; the annotated video shows no other.
        figures (`Sequence[str]`, defaults to `("png",)`):
            Files that the movement is drawn as: `"pdf"` and `"svg"` beside `"png"`, which is always there.

    Returns:
        `list[Path]`: the files, `result.json` first.

    Raises:
        ImportError: other figures than `"png"` need matplotlib, which is not installed.
    """
    others = [kind for kind in dict.fromkeys(figures) if kind != "png"]
    if others:
        check_figures()
    folder, views = Path(folder), pair_views(recognition)
    with whole_results(folder) as draft:
        names = ["movement.png", *(f"movement.{kind}" for kind in others), "flip.gif"]
        Image.fromarray(draw(recognition, views)).save(draft / "movement.png", dpi=(DPI, DPI))
        if others:
            figure = figure_of_views(views, titles_of(recognition), sentence(recognition))
            for kind in others:
                (draft / f"movement.{kind}").write_bytes(to_bytes(figure, kind))
        (draft / "flip.gif").write_bytes(draw_flip(views))
        if tells_units(recognition):
            names.append("action_units.png")
            Image.fromarray(draw_units(recognition)).save(draft / names[-1])
        if recognition.times is not None:
            with open_video(source, fps) as video:
                shown = annotate(recognition, views, video.frames(start, end))
                sound = Sound(source, start, end) if fps is None else None
                names.append(write_video(draft / "annotated.mp4", shown, video.fps, sound).name)
        names.insert(0, RECORD)
        write_text(draft / RECORD, json_text(document(to_json(recognition), source, model, names)))
    return [folder / name for name in names]


def to_json(recognition: Recognition) -> dict:
    """The recognition as plain numbers and words."""
    names = ("onset", "apex", "offset")
    times = recognition.times or {}
    moments = {
        name: {"frame": getattr(recognition, name), "seconds": times.get(name)}
        for name in names
        if getattr(recognition, name) is not None
    }
    return {
        "label": recognition.label,
        "resembles": recognition.resembles,
        "detection": detection_to_json(recognition.detection),
        "description": description_to_json(recognition),
        "probabilities": {name: round(value, 6) for name, value in recognition.probabilities.items()},
        **moments,
        "action_units": units_to_json(recognition.action_units),
        "movement_percent_of_eye_distance": None if recognition.movement is None else round(recognition.movement, 4),
        "head_movement_taken_out_pixels": round(float(recognition.pair.residue.max()), 4),
        "micro_map": np.round(recognition.micro_map.astype(float), 4).tolist(),
    }


def description_to_json(recognition: Recognition) -> dict | None:
    """What moved, by fields and as a sentence; `None` where the model predicts no movement."""
    described = recognition.description
    return None if described is None else {**described._asdict(), "sentence": f"{described}"}


def draw(recognition: Recognition, views: PairViews | None = None) -> np.ndarray:
    """
    Onset, apex, the apex magnified and the movement over it, under a sentence about them.

    Args:
        recognition ([`Recognition`]): what is shown.
        views ([`PairViews`], *optional*): its pictures, where they are drawn already.

    Returns:
        `np.ndarray` of shape `(H, W, 3)`: RGB, uint8.
    """
    return draw_views(views or pair_views(recognition), titles_of(recognition), sentence(recognition))


def sentence(recognition: Recognition) -> str:
    """What moved, and what it resembles."""
    parts = [recognition.description, recognition.resembles and f"it {recognition.resembles}"]
    text = "; ".join(f"{part}" for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}"


def tells_units(recognition: Recognition) -> bool:
    """Whether there are action units to draw, and landmarks to draw them on."""
    return recognition.action_units is not None and recognition.pair.landmarks is not None


def draw_units(recognition: Recognition) -> np.ndarray:
    """The apex with the skin that each shown action unit moves, and their names: RGB uint8."""
    size = recognition.pair.frames.shape[1]
    apex = large_crop(recognition.scenes[1], recognition.pair.transforms[1], size)
    landmarks = recognition.pair.landmarks[1] * (SHOWN_SIZE / size)
    units = shown(recognition.action_units)
    return draw_action_units(apex, landmarks, units, [describe_unit(one) for one in units] or [NOTHING])


def describe(recognition: Recognition) -> str:
    """What the command prints: the answer, what moved, when, and then what it resembles."""
    moments = []
    for name in ("onset", "apex", "offset"):
        frame, seconds = getattr(recognition, name), (recognition.times or {}).get(name)
        if frame is not None:
            moments.append(f"{name} {frame}" + (f" ({seconds:.3f} s)" if seconds is not None else ""))
    lines = ["frames: " + ", ".join(moments)]
    detection, described = recognition.detection, recognition.description
    if described is not None:
        lines.insert(0, f"{described}")
        lines.append(f"mean movement of the face {recognition.movement:.2f} % of the distance between the eyes")
    if recognition.resembles:
        width = max(len(name) for name in recognition.probabilities)
        ranked = sorted(recognition.probabilities.items(), key=lambda item: -item[1])
        bars = (f"{name:<{width}}  {value:.2f}  {'█' * round(30 * value)}" for name, value in ranked)
        lines += ["", f"the movement {recognition.resembles}", *(bar.rstrip() for bar in bars)]
    if recognition.action_units is not None:
        units = [describe_unit(one) for one in shown(recognition.action_units)]
        lines += ["", "action units: " + ("" if units else NOTHING), *(f"  {unit}" for unit in units)]
    found = detection.findings
    if len(found) > 1:
        lines += ["", *(f"{one.start:.2f} to {one.end:.2f} s: {_finding(one)}" for one in found)]
    if detection.reliability is not None:
        lines += ["", *describe_input(detection.reliability, detection.baseline)]
    if detection.reason == PAIR:
        return "\n".join([*lines, "", summary(detection)])
    return "\n".join([summary(detection, recognition.resembles), "", *lines])


def _finding(interval) -> str:
    what = [f"{interval.kind}-expression", f"most at the {interval.region}", likeness(interval)]
    return f"{', '.join(part for part in what if part)} (confidence {interval.confidence:.2f})"

"""Anyone's own recordings: a folder with `metadata.csv`, or a folder of plain videos."""

from pathlib import Path

from micron_bert.data.intervals import read_interval, read_rate
from micron_bert.data.paths import Tree, frame_number, without_copies
from micron_bert.data.report import Report
from micron_bert.data.schema import MACRO, MICRO, Clip
from micron_bert.data.sources.source import Source, read_annotation, read_objective_class, read_units
from micron_bert.data.tables import Row
from micron_bert.errors import InputError
from micron_bert.video.picture import is_picture
from micron_bert.video.reader import FOLDER_FPS, open_video

COLUMNS = {
    "subject": ("subject",),
    "clip": ("clip",),
    "frames": ("frames", "file_name"),
    "onset": ("onset",),
    "apex": ("apex",),
    "offset": ("offset",),
    "fps": ("fps",),
    "emotion": ("emotion", "label"),
    "action_units": ("action_units", "au", "aus"),
    "class": ("objective_class",),
    "type": ("interval_type",),
    "dataset": ("dataset",),
}


def read_folder(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """
    The rows of `metadata.csv`: `subject` and `frames` (a folder of pictures or a video, relative to the sheet) must be
    there; `clip`, `onset`, `apex`, `offset`, `fps`, `emotion`, `action_units`, `objective_class`, `interval_type` and
    `dataset` may.
    """
    clips = []
    required = ("subject", "frames")
    rows = read_annotation(tree, report, annotation, ("^metadata$",), COLUMNS, required, rare=tuple(COLUMNS))
    for row in rows:
        home = Path(report.annotations[0]).parent
        place = _place(home, row.text("frames"))
        name = row.text("clip") or place.stem
        clip = Clip(row.text("dataset") or "folder", row.text("subject"), name, FOLDER_FPS, row=f"row {row.number}")
        if not clip.subject or not row.text("frames"):
            report.drop(f"row {row.number}", "it names no subject or no frames")
            continue
        if not tree.outside and not place.resolve().is_relative_to(home.resolve()):
            report.drop(
                clip.name,
                f"`{row.text('frames')}` leads out of `{home}`; move it there, or allow it with `outside`",
            )
            continue
        if place.is_file():
            clip.video = place
        elif place.is_dir():
            clip.folders = [place.resolve() if place.resolve() in tree else place]
        if clip.video is not None and not _ask_video(clip, report):
            continue
        if row.text("fps"):
            read_rate(clip, row, report)
        kind = row.text("type").lower()
        clip.interval_type = MACRO if kind.startswith(MACRO) else MICRO
        if not row.text("onset") and (row.text("apex") or row.text("offset")):
            first = _first_frame(place)
            if first is None:
                report.drop(clip.name, "its onset is empty, and it has no frames to begin with")
                continue
            row = Row(row.number, row.values | {"onset": first})
            report.mend(clip.name, f"its onset is empty; the first frame, {first}, is taken")
        if row.text("onset") and not read_interval(clip, row, report):
            continue
        clip.emotion = row.text("emotion").lower() or None
        clip.action_units = read_units(clip, row, report)
        clip.objective_class = read_objective_class(row.text("class"))
        clips.append(clip)
    return clips


def _place(home: Path, written: str) -> Path:
    """Where a cell says that the frames are; sheets of Windows have backslashes."""
    place = home / written
    return place if place.exists() else home / written.replace("\\", "/")


def _first_frame(place: Path) -> int | None:
    """The number of a clip's first frame; None where it has none."""
    if place.is_file():
        return 0
    names = [path.name for path in place.iterdir()] if place.is_dir() else []
    names = [name for name in without_copies(names) if is_picture(name)]
    return min((number for number in map(frame_number, names) if number is not None), default=None)


def read_videos(tree: Tree, report: Report, annotation: Path | None) -> list[Clip]:
    """
    Every video in a folder, without labels. Who is in it: the folder below the root where there is one, else the file.
    """
    clips = []
    for path in tree.videos:
        inside = path.relative_to(tree.root)
        subject = inside.parts[0] if len(inside.parts) > 1 else path.stem
        clip = Clip("videos", subject, inside.with_suffix("").as_posix(), FOLDER_FPS, row=str(inside), video=path)
        if _ask_video(clip, report):
            clips.append(clip)
    if not tree.videos:
        raise InputError(f"`{tree.root}` has no videos (.mp4, .avi, .mov, .mkv, …).")
    return clips


def _ask_video(clip: Clip, report: Report) -> bool:
    try:
        with open_video(clip.video) as video:
            clip.fps, clip.length = float(video.fps), video.num_frames
        return True
    except ValueError as error:
        report.drop(clip.name, str(error))
        return False


SOURCES = {
    "folder": Source(
        title="a folder with metadata.csv",
        read=read_folder,
        layout="metadata.csv",
        annotation="metadata.csv",
        paper="",
        owner="",
        page=None,
        published={},
    ),
    "videos": Source(
        title="a folder of videos",
        read=read_videos,
        layout="anna/talk.mp4",
        annotation=None,
        paper="",
        owner="",
        page=None,
        published={},
    ),
}

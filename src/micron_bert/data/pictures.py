"""From the folder of a clip to its list of frames, with remarks on what is wrong."""

import os
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from micron_bert.data.paths import CROPPED, RAW, Tree, frame_number, without_copies
from micron_bert.data.report import Report
from micron_bert.data.schema import Clip
from micron_bert.errors import InputError
from micron_bert.video.picture import is_picture, natural_key, read_image

LISTED, KEY, ALL = "listed", "key", "all"
SHOWN = 5  # missing frames that a sentence names


class PictureFinder:
    """
    Gives clips their frames.

    Args:
        tree ([`Tree`]):
            Where pictures are.
        report ([`Report`]):
            Gets what is missing.
        variant (`str`, *optional*):
            `"raw"` or `"cropped"` pictures; raw ones where there are both if left out.
        check (`str`):
            Pictures to decode: `"listed"` none, `"key"` those of onset, apex and offset, `"all"`.
        tolerance (`int`):
            Frames by which onset, apex and offset may be moved to a picture that is there.
    """

    def __init__(self, tree: Tree, report: Report, variant: str | None, check: str, tolerance: int):
        self.tree, self.report, self.check, self.tolerance = tree, report, check, tolerance
        self.wanted = variant
        self._listing = lru_cache(maxsize=16)(self._list)  # intervals of one long video follow each other
        self._stray: set[Path] = set()

    def choose_variant(self, clips: list[Clip]) -> None:
        """Decide for raw or cropped pictures, once for the whole dataset."""
        variants = {self.tree.variant(folder) for clip in clips for folder in clip.folders}
        if self.wanted is None:
            self.wanted = RAW if RAW in variants else CROPPED if variants else None
            if len(variants) > 1:
                self.report.note("pictures", "there are raw and cropped pictures; the raw ones are taken")
        elif variants and self.wanted not in variants:
            raise InputError(
                f"`{self.tree.root}` has no {self.wanted} pictures, only {variants.pop()} ones; "
                "choose those with `variant`, or leave it out."
            )
        self.report.variant = self.wanted

    def attach(self, clip: Clip) -> bool:
        """Fill in `frames` and `frame_numbers`; False for a clip that has to be left out."""
        folders = [folder for folder in clip.folders if self.tree.variant(folder) == self.wanted]
        listings = [(folder, self._listing(folder)) for folder in folders]
        full = [(folder, listing) for folder, listing in listings if listing]
        if not full:
            if clip.video is not None:
                return self._attach_video(clip)
            self.report.drop(clip.name, self._nothing(clip, folders))
            return False
        if len(full) > 1:
            self.report.note(clip.name, f"`{full[0][0]}` is taken, not `{full[1][0]}` of the same name")
        folder, listing = full[0]
        if clip.onset is None and clip.offset is None and clip.apex is None:
            numbers = sorted(listing)
            clip.onset, clip.offset = numbers[0], numbers[-1]
        return self._fill(clip, folder, dict(listing))

    def _attach_video(self, clip: Clip) -> bool:
        """The video as the only frame, and the numbers of its frames as far as they are needed."""
        if clip.length and not self._settle(clip, range(clip.first, clip.first + clip.length), "frame"):
            return False
        clip.frames = [str(clip.video)]
        moments = [number for number in (clip.onset, clip.apex, clip.offset) if number is not None]
        # two at least: one picture has one number
        clip.frame_numbers = list(range(clip.first, max(*moments, clip.first + 1) + 1)) if moments else []
        return True

    def _nothing(self, clip: Clip, folders: list[Path]) -> str:
        if folders:
            return f"the folder `{folders[0]}` has no pictures"
        if clip.folders:
            return f"there is no folder of {self.wanted} pictures"
        return "there is no folder of this clip"

    def _list(self, folder: Path) -> dict[int, str]:
        """Picture files by their number."""
        listing: dict[int, str] = {}
        stray = []
        names = os.listdir(folder)
        frames = set(without_copies(names))
        for name in sorted(names, key=natural_key):
            number = frame_number(name) if name in frames and is_picture(name) else None
            if number is None:
                if not (folder / name).is_dir() and not name.startswith("."):
                    stray.append(name)
            elif number in listing:
                stray.append(name)
            else:
                listing[number] = name
        if stray and folder not in self._stray:
            self._stray.add(folder)
            shown = ", ".join(f"`{name}`" for name in stray[:SHOWN])
            self.report.note(str(folder), f"{len(stray)} files are no frames and are ignored: {shown}")
        return listing

    def _fill(self, clip: Clip, folder: Path, listing: dict[int, str]) -> bool:
        last = clip.offset if clip.offset is not None else clip.apex if clip.apex is not None else clip.onset
        if clip.onset is not None and last < clip.onset:
            self.report.drop(clip.name, f"the interval runs backwards, from onset {clip.onset} to {last}")
            return False
        if not clip.whole and clip.offset is not None and listing and max(listing) < clip.offset:
            last = max(listing)
            if last > clip.onset:
                self.report.mend(
                    clip.name, f"the video ends at {last}, before the offset {clip.offset}; {last} is taken"
                )
                clip.offset = last
        if not clip.whole:
            listing = {number: name for number, name in listing.items() if clip.onset <= number <= last}
            if not listing:
                self.report.drop(clip.name, f"`{folder}` has no frame between {clip.onset} and {last}")
                return False
        if not self._remove_unreadable(clip, folder, listing):
            return False
        if not self._settle(clip, listing):
            return False
        numbers = sorted(listing)
        clip.frames = [str(folder / listing[number]) for number in numbers]
        clip.frame_numbers = numbers
        if clip.onset is not None and clip.offset is not None:
            gaps = [number for number in range(clip.onset, clip.offset + 1) if number not in listing]
            if gaps:
                shown = ", ".join(map(str, gaps[:SHOWN])) + (", …" if len(gaps) > SHOWN else "")
                of = clip.offset - clip.onset + 1
                self.report.note(clip.name, f"{len(gaps)} of {of} frames are missing in `{folder}`: {shown}")
        return True

    def _remove_unreadable(self, clip: Clip, folder: Path, listing: dict[int, str]) -> bool:
        if self.check == LISTED:
            return True
        looked_at = sorted(listing) if self.check == ALL else [clip.onset, clip.apex, clip.offset]
        for number in dict.fromkeys(looked_at):
            if number in listing and not is_readable(folder / listing[number]):
                self.report.note(clip.name, f"the picture `{folder / listing[number]}` cannot be read and is left out")
                del listing[number]
        if not listing:
            self.report.drop(clip.name, f"no picture in `{folder}` can be read")
        return bool(listing)

    def _settle(self, clip: Clip, listing: Collection[int], what: str = "picture") -> bool:
        """See that the pictures of onset, apex and offset are there."""
        for moment in ("onset", "apex", "offset"):
            number = getattr(clip, moment)
            if number is None or number in listing:
                continue
            nearest = min(listing, key=lambda there: (abs(there - number), there))
            if abs(nearest - number) <= self.tolerance:
                setattr(clip, moment, nearest)
                self.report.mend(clip.name, f"there is no {what} of the {moment} {number}; {nearest} is taken")
            elif moment == "onset":
                self.report.drop(clip.name, f"there is no {what} of the onset {number}; the nearest is {nearest}")
                return False
            else:
                setattr(clip, moment, None)
                self.report.mend(
                    clip.name,
                    f"there is no {what} of the {moment} {number} (the nearest is {nearest}); it is left open",
                )
        return True


def is_readable(path: str | os.PathLike) -> bool:
    """Whether a picture can be decoded; at an eighth of its size where the format allows, for speed."""
    try:
        data = np.fromfile(path, np.uint8)
        # OpenCV would fill the rest of a JPEG that was cut off with grey; a thumbnail's end comes early in the file
        if data[:2].tobytes() == b"\xff\xd8" and data.tobytes().rfind(b"\xff\xd9") < len(data) / 2:
            return False
        if len(data) and cv2.imdecode(data, cv2.IMREAD_REDUCED_GRAYSCALE_8) is not None:
            return True
        read_image(path)  # rarer formats
        return True
    except (OSError, ValueError, cv2.error):
        return False

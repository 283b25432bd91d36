"""Clips to try: synthetic micro-expressions in the photograph of Eileen Collins that scikit-image ships (NASA)."""

import os
from pathlib import Path

import numpy as np
from PIL import Image

from micron_bert.cache_folder import cache_folder
from micron_bert.output_folder import whole_file

CLIPS = {"happiness": 6, "surprise": 3, "disgust": 8}  # emotion and seed
AMPLITUDE, FPS = 3.0, 30.0  # % of the distance between the eyes; frames per second
LEAD, TAIL = 1.0, 1.5  # seconds of a resting face before and after
VERSION = 3  # of the clips: another one makes them anew


def example_folder() -> Path:
    """Where the examples are kept from one start to the next."""
    return cache_folder(f"demo-{VERSION}")


def make_examples(folder: str | os.PathLike | None = None) -> tuple[list[Path], tuple[Path, Path]]:
    """
    The clips and the pair of pictures, made unless they are there.

    Args:
        folder (`str` or `os.PathLike`, *optional*):
            Where to put them; the user's cache if left out.

    Returns:
        `tuple[list[Path], tuple[Path, Path]]`: three clips; onset and apex of the first.
    """
    folder = Path(folder or example_folder())
    clips = [folder / f"{emotion}.mp4" for emotion in CLIPS]
    pair = folder / "onset.png", folder / "apex.png"
    if not all(path.is_file() for path in (*clips, *pair)):
        folder.mkdir(parents=True, exist_ok=True)
        _make(clips, pair)
    return clips, pair


def _make(clips: list[Path], pair: tuple[Path, Path]) -> None:
    from skimage.data import astronaut

    from micron_bert.faces import FaceDetector, FaceMesh
    from micron_bert.synthesis.clips.scene import synthesize_scene
    from micron_bert.video.writer import write_video

    photograph = astronaut()
    landmarks = FaceMesh().landmarks(photograph, FaceDetector().detect(photograph)[0])
    for path, (emotion, seed) in zip(clips, CLIPS.items(), strict=True):
        clip = synthesize_scene(
            photograph,
            landmarks,
            emotion,
            amplitude=AMPLITUDE,
            fps=FPS,
            rng=np.random.default_rng(seed),
            lead=LEAD,
            tail=TAIL,
        )
        write_video(path, clip.frames, clip.fps)
        if path == clips[0]:
            for target, number in zip(pair, (clip.onset, clip.apex), strict=True):
                with whole_file(target) as draft:
                    Image.fromarray(clip.frames[number]).save(draft, "PNG")

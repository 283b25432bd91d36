"""The clips to try are made once, each complete or not at all."""

import numpy as np

from micron_bert.demo.limits import check_clip
from micron_bert.synthesis import example_clips as examples
from micron_bert.synthesis.example_clips import CLIPS, Example
from micron_bert.video.picture import read_image
from micron_bert.video.reader import open_video


def test_examples_are_made_and_kept(tmp_path, monkeypatch):
    clips = {"clip-1": Example(2, "happiness"), "clip-2": Example(1, blink=40.0, seconds=(0.0, 0.3), film=3.5)}
    monkeypatch.setattr(examples, "CLIPS", clips)
    monkeypatch.setattr(examples, "LEAD", 0.1)
    monkeypatch.setattr(examples, "TAIL", 0.1)
    folder = tmp_path / "new" / "folder"
    clips, pair = examples.make_examples(folder)
    assert {path.name for path in folder.iterdir()} == {"clip-1.mp4", "clip-2.mp4", "onset.png", "apex.png"}
    for path in clips:
        check_clip(path)
    onset, apex = (read_image(path).astype(float) for path in pair)
    with open_video(clips[0]) as video:
        distances = [np.abs(frame.image - onset).mean() for frame in video]
    assert min(distances) < 4 and 0 < np.abs(apex - onset).mean() < 8
    monkeypatch.setattr(examples, "_make", None)
    assert examples.make_examples(folder) == (clips, pair)


def test_names_give_nothing_away():
    emotions = {example.emotion for example in CLIPS.values()}
    assert not [name for name in CLIPS for emotion in emotions if emotion and emotion in name]

"""The clips to try are made once, each complete or not at all."""

import numpy as np

from micron_bert.demo import examples
from micron_bert.demo.limits import check_clip
from micron_bert.video.picture import read_image
from micron_bert.video.reader import open_video


def test_examples_are_made_and_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(examples, "CLIPS", {"happiness": 2})
    monkeypatch.setattr(examples, "LEAD", 0.1)
    monkeypatch.setattr(examples, "TAIL", 0.1)
    folder = tmp_path / "new" / "folder"
    clips, pair = examples.make_examples(folder)
    assert {path.name for path in folder.iterdir()} == {"happiness.mp4", "onset.png", "apex.png"}
    check_clip(clips[0])
    onset, apex = (read_image(path).astype(float) for path in pair)
    with open_video(clips[0]) as video:
        distances = [np.abs(frame.image - onset).mean() for frame in video]
    assert min(distances) < 4 and 0 < np.abs(apex - onset).mean() < 8
    monkeypatch.setattr(examples, "_make", None)
    assert examples.make_examples(folder) == (clips, pair)

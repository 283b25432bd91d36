import numpy as np
import pytest
from PIL import Image

from micron_bert.data import load
from micron_bert.data.examples.stored import StoredClips, open_dataset
from micron_bert.data.prepared.crops import CropSettings
from micron_bert.data.prepared.prepare import prepare
from micron_bert.errors import InputError
from tests.data.prepared.conftest import table


def test_clips_are_what_training_reads(loaded, tmp_path):
    done = prepare(loaded, tmp_path / "out", CropSettings(frames="clip", size=64))
    assert done.clips == 4 and {failure["clip"] for failure in done.failures} == {"wall/1", "cleo/damaged"}
    clips = StoredClips(open_dataset(str(tmp_path / "out"), None, "train"), "prepared")
    frames, places = clips.frames(clips.row(0), later_frames=4)
    assert places == [0, 1, 2, 3, 4] and frames[0].shape == (64, 64, 3)
    rows = table(tmp_path / "out")
    assert (rows[0]["onset"], rows[0]["apex"], rows[0]["offset"]) == (0, 2, 4)
    # a frame is missing, so positions and numbers differ
    assert rows[1]["frame_numbers"] == [9, 10, 11, 13] and rows[1]["offset"] == 3


def test_labels_of_a_protocol_leave_clips_out(loaded, tmp_path):
    done = prepare(loaded, tmp_path / "out", CropSettings(label="three"))
    assert table(tmp_path / "out")["label"][:] == ["positive", "negative", "surprise"]
    assert {"clip": "ben/2", "reason": "`others` has no class of `three`"} in done.failures


@pytest.mark.parametrize(
    "settings, said",
    [
        ({"frames": "film"}, "`frames` is `film`"),
        ({"apex": ("guess",)}, "`apex` is `guess`"),
        ({"apex": ("none",)}, "A pair needs an apex"),
        ({"label": "mood"}, "`label` is `mood`"),
        ({"size": 8}, "`size` is `8`"),
    ],
)
def test_wrong_settings_are_named(settings, said):
    with pytest.raises(InputError, match=said):
        CropSettings(**settings)


def test_film_instead_of_frames(recordings, tmp_path):
    from micron_bert.video import read_image, write_video

    (tmp_path / "films").mkdir()
    frames = [read_image(recordings / "ben" / "1" / f"img{n}.png") for n in range(9, 14)]
    write_video(tmp_path / "films" / "ben.mp4", [frames[0], *frames, frames[0]], 30)
    (tmp_path / "films" / "metadata.csv").write_text("subject,frames,onset,apex,offset\nben,ben.mp4,1,3,5\n")
    prepare(load("folder", tmp_path / "films"), tmp_path / "out", CropSettings(frames="clip"))
    row = table(tmp_path / "out")[0]
    assert row["frame_numbers"] == [1, 2, 3, 4, 5] and (row["onset"], row["apex"], row["offset"]) == (0, 2, 4)


def test_onset_and_apex_are_frames_of_the_film_from_its_beginning(recordings, tmp_path):
    """As pictures in a folder by the same numbers; each frame is darker than the one before."""
    from micron_bert.video import read_image, write_video

    face = read_image(recordings / "ben" / "1" / "img9.png")
    frames = [np.rint(face * (1 - number / 16)).astype(np.uint8) for number in range(9)]
    (tmp_path / "films" / "ben").mkdir(parents=True)
    write_video(tmp_path / "films" / "ben.mkv", frames, 30)
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(tmp_path / "films" / "ben" / f"{number}.png")
    lines = ["subject,clip,frames,onset,apex,offset", "ben,film,ben.mkv,4,6,8", "ben,pictures,ben,4,6,8"]
    (tmp_path / "films" / "metadata.csv").write_text("\n".join(lines))
    prepare(load("folder", tmp_path / "films"), tmp_path / "out", CropSettings(register=False))
    film, pictures = ([np.asarray(frame).mean() for frame in row["frames"]] for row in table(tmp_path / "out"))
    assert film == pytest.approx(pictures, abs=2) and pictures[0] - pictures[1] > 8


def test_moments_beyond_the_film_are_told(recordings, tmp_path):
    from micron_bert.video import read_image, write_video

    frames = [read_image(recordings / "ben" / "1" / f"img{n}.png") for n in range(9, 14)]
    write_video(tmp_path / "a.mp4", frames, 30)
    rows = ["subject,clip,frames,onset,apex,offset,fps", "b,1,a.mp4,1,3,9,30", "b,2,a.mp4,1,7,,", "b,3,a.mp4,7,8,9,"]
    (tmp_path / "metadata.csv").write_text("\n".join(rows))
    loaded = load("folder", tmp_path)
    assert [(row["clip"], row["onset"], row["apex"], row["offset"]) for row in loaded.clips] == [
        ("1", 1, 3, None),
        ("2", 1, None, None),
    ]
    (dropped,) = loaded.report.dropped
    assert dropped.reason == "there is no frame of the onset 7; the nearest is 4"
    assert "there is no frame of the offset 9 (the nearest is 4); it is left open" in map(
        lambda remark: remark.reason, loaded.report.mended
    )

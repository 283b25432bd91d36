import pytest

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

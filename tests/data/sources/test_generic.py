"""A folder of videos, and a folder with `metadata.csv`."""

import numpy as np

from micron_bert.video import write_video


def test_folder_with_metadata(tree):
    text = "subject,clip,frames,onset,apex,offset,fps,emotion,action_units,interval_type\n"
    text += "anna,first,anna/1,2,3,4,120,Happiness,R12+6,micro\nben,,ben/talk,,,,,,,\ncleo,gone,nowhere,1,2,3,,,,\n"
    tree.file("mine/metadata.csv", text.encode("utf-8-sig"))
    tree.pictures("mine/anna/1", [f"{n}.png" for n in range(1, 6)])
    tree.pictures("mine/ben/talk", [f"{n}.png" for n in range(9, 12)])
    loaded = tree.load("folder")
    assert loaded.keys == [("anna", "first", 2, 3, 4), ("ben", "talk", 9, None, 11)]
    first, second = loaded.clips
    assert (first["fps"], first["emotion"], loaded.units[0]) == (
        120,
        "happiness",
        [(12, "right", ""), (6, "both", "")],
    )
    assert second["fps"] == 30 and second["emotion"] is None
    assert loaded.said("dropped") == {"cleo/gone (row 4)": "there is no folder of this clip"}


def test_onset_that_the_metadata_leave_open_is_the_first_frame_and_nothing_else_is_lost(tree):
    tree.file("metadata.csv", b"subject,frames,onset,apex,offset\nanna,a,,12,13\nben,b,,11,\n")
    for name in "ab":
        tree.pictures(name, [f"{n}.png" for n in range(10, 15)])
    loaded = tree.load("folder")
    assert loaded.keys == [("anna", "a", 10, 12, 13), ("ben", "b", 10, 11, None)]
    assert loaded.said("mended") == {
        f"{clip} (row {row})": "its onset is empty; the first frame, 10, is taken"
        for clip, row in (("anna/a", 2), ("ben/b", 3))
    }


def test_folder_of_videos(tree):
    frames = [np.full((32, 32, 3), 10 * n, np.uint8) for n in range(6)]
    (tree.root / "anna").mkdir(parents=True)
    write_video(tree.root / "anna" / "talk.mp4", frames, 25)
    write_video(tree.root / "ben.mp4", frames, 50)
    tree.file("broken.mp4")
    loaded = tree.load("videos")
    assert sorted((row["subject"], row["clip"], row["fps"]) for row in loaded.clips) == [
        ("anna", "anna/talk", 25),
        ("ben", "ben", 50),
    ]
    assert all(len(row["frames"]) == 1 for row in loaded.clips)
    assert "cannot be read as a video" in loaded.said("dropped")["broken/broken (broken.mp4)"]


def test_unicode_text_of_excel(tree):
    tree.file("metadata.csv", "subject\tframes\tonset\tapex\nanna\ta\t1\t2\n".encode("utf-16"))
    tree.pictures("a", ["1.png", "2.png", "3.png"])
    assert tree.load("folder").keys == [("anna", "a", 1, 2, None)]


def test_rate_that_is_none_is_reported_and_the_usual_one_taken(tree):
    odd = ("0", "-30", "inf", "nan", "1e308", "fast")
    rows = [f"s{number},a,1,2,3,{rate}" for number, rate in enumerate(odd)]
    tree.file("metadata.csv", "\n".join(["subject,frames,onset,apex,offset,fps", *rows, "x,a,1,2,3,120"]).encode())
    tree.pictures("a", [f"{n}.png" for n in range(1, 5)])
    loaded = tree.load("folder")
    assert [clip["fps"] for clip in loaded.clips] == [30] * len(odd) + [120]
    told = list(loaded.said("mended").values())
    assert all(any(f"its frame rate is `{rate}`; 30 is taken" in said for said in told) for rate in odd)

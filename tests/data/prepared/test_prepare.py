import json
import os
import subprocess
import sys

import cv2
import datasets
import numpy as np
import pytest
import skimage.data
from PIL import Image

from micron_bert.cli.main import main
from micron_bert.data import load
from micron_bert.data.examples.stored import StoredClips, open_dataset
from micron_bert.data.prepared.apex import midpoint, spot_apex
from micron_bert.data.prepared.crops import CropSettings, crop_row
from micron_bert.data.prepared.prepare import prepare
from micron_bert.errors import InputError

COURSE = (0.0, 1.0, 3.0, 2.0, 1.0)  # pixels by which the corners of the mouth go up


def smile(image, pixels):
    """The astronaut's mouth moved upwards by some pixels, softly."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    weight = np.exp(-(((x - 126) / 26) ** 2 + ((y - 152) / 14) ** 2))
    return cv2.remap(image, x, y + np.float32(pixels) * weight, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Four clips of a moving face, one of a wall, one with a damaged apex, one that lacks frames."""
    root = tmp_path_factory.mktemp("recordings")
    scene = skimage.data.astronaut()[:260, 100:360]
    lines = ["subject,clip,frames,onset,apex,offset,fps,emotion,action_units"]
    for subject, clip, emotion in (
        ("anna", "1", "happiness"),
        ("anna", "2", "disgust"),
        ("ben", "1", "surprise"),
        ("ben", "2", "others"),
        ("wall", "1", "fear"),
        ("cleo", "damaged", "fear"),
    ):
        folder = root / subject / clip
        folder.mkdir(parents=True)
        for number, pixels in enumerate(COURSE, 9):
            picture = np.full_like(scene, 90) if subject == "wall" else smile(scene, pixels)
            if (subject, clip) == ("ben", "2"):
                picture = np.clip(picture.astype(int) + 5, 0, 255).astype(np.uint8)
            cv2.imwrite(str(folder / f"img{number}.png"), picture[..., ::-1])
        lines.append(f"{subject},{clip},{subject}/{clip},9,11,13,30,{emotion},12")
    (root / "cleo" / "damaged" / "img11.png").write_bytes(b"\x89PNG damaged")
    (root / "anna" / "2" / "img12.png").unlink()
    (root / "metadata.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(scope="module")
def loaded(recordings):
    return load("folder", recordings, pictures="listed")


@pytest.fixture
def small_shards(monkeypatch):
    """Two pairs to a file."""
    monkeypatch.setattr("micron_bert.data.prepared.prepare.SHARD_FRAMES", 4)


def table(folder):
    return datasets.Dataset.from_parquet([str(path) for path in sorted((folder / "data").glob("*.parquet"))])


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_pairs(loaded, tmp_path):
    done = prepare(loaded, tmp_path / "out", CropSettings())
    assert done.clips == 4
    assert done.failures[0] == {"clip": "wall/1", "reason": "no face was found"}
    assert done.failures[1]["clip"] == "cleo/damaged" and "apex 11" in done.failures[1]["reason"]
    stored = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))["train"]
    assert [(row["subject"], row["clip"], row["label"]) for row in stored] == [
        ("anna", "1", "happiness"),
        ("anna", "2", "disgust"),
        ("ben", "1", "surprise"),
        ("ben", "2", "others"),
    ]
    row = stored[0]
    assert (row["onset"], row["apex"], row["offset"], row["apex_from"]) == (0, 1, None, "annotated")
    assert row["frame_numbers"] == [9, 11] and row["frames"][0].size == (112, 112)
    assert row["action_units"] == [{"number": 12, "side": "both", "intensity": ""}]
    # what moved between the two crops is the mouth, not the eyes
    onset, apex = (np.asarray(frame, float).mean(axis=2) for frame in row["frames"])
    change = np.abs(apex - onset)
    assert change[70:95, 35:80].mean() > 3 * change[25:50, 20:90].mean()
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert report["clips"] == 4 and [failure["clip"] for failure in report["failures"]] == ["wall/1", "cleo/damaged"]
    assert "do not publish" in (tmp_path / "out" / "README.md").read_text()


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


@pytest.mark.parametrize("way, numbers", [("midpoint", 11), ("spotted", 11)])
def test_apex_without_annotation(loaded, tmp_path, way, numbers):
    done = prepare(loaded, tmp_path / "out", CropSettings(apex=(way,)))
    rows = table(tmp_path / "out")
    assert done.clips == 4 + (way == "spotted")  # the damaged picture is not needed when another is spotted
    assert set(rows["apex_from"]) == {way} and rows[0]["frame_numbers"] == [9, numbers]


def test_clips_without_apex_are_named(loaded, tmp_path):
    without = loaded.clips.map(lambda row: {"apex": None if row["clip"] == "1" else row["apex"]})
    part = type(loaded)(without, loaded.report)
    done = prepare(part, tmp_path / "a", CropSettings())
    assert {f["clip"]: f["reason"] for f in done.failures}["anna/1"].startswith("there is no annotated apex")
    done = prepare(part, tmp_path / "b", CropSettings(apex=("annotated", "midpoint")))
    assert table(tmp_path / "b")["apex_from"][:2] == ["midpoint", "annotated"]
    kept = prepare(part, tmp_path / "c", CropSettings(apex=("none",), frames="clip"))
    assert kept.clips == 5 and set(table(tmp_path / "c")["apex"]) == {None}


def test_labels_of_a_protocol_leave_clips_out(loaded, tmp_path):
    done = prepare(loaded, tmp_path / "out", CropSettings(label="three"))
    assert table(tmp_path / "out")["label"][:] == ["positive", "negative", "surprise"]
    assert {"clip": "ben/2", "reason": "`others` has no class of `three`"} in done.failures


def test_two_workers_write_the_same_bytes(loaded, tmp_path, small_shards):
    one, two = tmp_path / "one", tmp_path / "two"
    seen = []
    prepare(loaded, one, CropSettings(), processes=1, progress=seen.append)
    prepare(loaded, two, CropSettings(), processes=2)
    assert sum(seen) == 6 and len(list((one / "data").glob("*.parquet"))) == 3
    assert bytes_of(one) == bytes_of(two)


def test_a_damaged_record_beside_a_shard_is_named_and_made_anew(loaded, tmp_path, small_shards):
    prepare(loaded, tmp_path / "out", CropSettings())
    whole = bytes_of(tmp_path / "out")
    shard = sorted((tmp_path / "out" / "data").glob("*.parquet"))[0]
    beside = shard.with_name(f".{shard.stem}.json")
    for text in (None, "{", "[]", '{"clips": 2}', '{"clips": 1, "failures": [3], "remarks": []}'):
        beside.unlink() if text is None else beside.write_text(text)
        with pytest.raises(InputError, match=f"{beside.name}` is damaged or missing; delete it and `{shard.name}`"):
            prepare(loaded, tmp_path / "out", CropSettings())
    beside.unlink()
    shard.unlink()
    prepare(loaded, tmp_path / "out", CropSettings())
    assert bytes_of(tmp_path / "out") == whole


def test_interrupted_run_goes_on_without_redoing(loaded, tmp_path, small_shards, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    prepare(loaded, whole, CropSettings())

    def interrupt(count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepare(loaded, broken, CropSettings(), progress=interrupt)
    written = {path.name: path.stat().st_mtime_ns for path in (broken / "data").glob("*.parquet")}
    assert len(written) == 1
    (broken / "data" / ".train-00001-of-00003.parquet.123").write_bytes(b"half")  # what a killed process leaves
    asked = []

    monkeypatch.setattr(
        "micron_bert.data.prepared.prepare.crop_row", lambda *given: asked.append(given) or crop_row(*given)
    )
    prepare(loaded, broken, CropSettings())
    assert len(asked) == 4  # of six clips, two were done
    assert bytes_of(broken) == bytes_of(whole)
    assert all((broken / "data" / name).stat().st_mtime_ns == time for name, time in written.items())
    prepare(loaded, broken, CropSettings())
    assert len(asked) == 4


def test_other_settings_or_another_folder_are_refused(loaded, tmp_path):
    prepare(loaded, tmp_path / "out", CropSettings())
    with pytest.raises(InputError, match="was begun with `size` = `112`, not `64`"):
        prepare(loaded, tmp_path / "out", CropSettings(size=64))
    fewer = type(loaded)(loaded.clips.select(range(2)), loaded.report)
    with pytest.raises(InputError, match="was begun with `clips`"):
        prepare(fewer, tmp_path / "out", CropSettings())
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("x")
    with pytest.raises(InputError, match="holds something else"):
        prepare(loaded, tmp_path / "other", CropSettings())
    with pytest.raises(InputError, match="is a file"):
        prepare(loaded, tmp_path / "other" / "letter.txt", CropSettings())


def test_nothing_to_prepare_is_said(loaded, tmp_path):
    wall = type(loaded)(loaded.clips.filter(lambda row: row["subject"] == "wall"), loaded.report)
    with pytest.raises(InputError, match="No clip .* could be prepared; `wall/1`: no face was found"):
        prepare(wall, tmp_path / "out", CropSettings())
    assert not (tmp_path / "out").exists(), "nothing is left of it"


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


def test_long_videos_without_labels_are_cut_into_pieces(recordings, tmp_path, monkeypatch):
    import shutil

    monkeypatch.setattr("micron_bert.data.prepared.prepare.PIECE_FRAMES", 2)
    shutil.copytree(recordings / "ben" / "1", tmp_path / "part_B" / "spNO.1" / "a" / "color")
    for path in sorted((tmp_path / "part_B" / "spNO.1" / "a" / "color").iterdir()):
        path.rename(path.with_name(path.name.removeprefix("img")))
    prepare(load("casme3_b", tmp_path), tmp_path / "out", CropSettings(frames="clip", apex=("none",)))
    rows = table(tmp_path / "out")
    assert rows["clip"][:] == ["a_9", "a_11", "a_13"]
    assert rows["frame_numbers"][:] == [[9, 10], [11, 12], [13]]
    StoredClips(rows, "pieces", need_positions=False)


def test_command(recordings, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["prepare", "folder", str(recordings), "--output", str(out), "--size", "64"]
    command += ["--apex", "annotated", "midpoint"]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert printed.out.strip() == str(out) and "left out: wall/1: no face was found" in printed.err
    assert table(out)[0]["frames"][0].size == (64, 64)
    assert main([*command, "--label", "three"]) == 2
    assert "was begun with `label` = `emotion`, not `three`" in capsys.readouterr().err
    assert main(["prepare", "casme2", str(recordings), "--output", str(tmp_path / "no")]) == 2
    assert "has no sheet" in capsys.readouterr().err and not (tmp_path / "no").exists()


def test_midpoint():
    assert midpoint([1, 2, 3, 4, 5], 1, 5) == 3
    assert midpoint([1, 2, 3, 4], 1, 4) == 2
    assert midpoint([10, 11, 19, 20], 10, 20) == 11
    with pytest.raises(InputError, match="no frame between"):
        midpoint([1, 2], 2, 2)


def test_spotted_apex_is_where_the_face_moved_furthest():
    scene = skimage.data.astronaut()[60:190, 150:280]
    scene = cv2.resize(scene, (112, 112), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[:112, :112].astype(np.float32)
    weight = np.exp(-(((x - 56) / 16) ** 2 + ((y - 80) / 10) ** 2)).astype(np.float32)
    course = 2 * np.exp(-((np.arange(20) - 12) ** 2) / 12).astype(np.float32)
    frames = np.stack([cv2.remap(scene, x, y + c * weight, cv2.INTER_CUBIC) for c in course])
    assert abs(spot_apex(frames) - 12) <= 1
    assert spot_apex(frames[:2]) == 1
    with pytest.raises(InputError):
        spot_apex(frames[:1])


@pytest.mark.slow
def test_ray_writes_what_one_process_writes(tmp_path):
    pytest.importorskip("ray")
    lines, source = ["subject,clip,frames,onset,apex,offset,fps,emotion"], tmp_path / "recordings"
    face = skimage.data.astronaut()[:256, 80:336]
    for subject in range(3):
        (source / str(subject)).mkdir(parents=True)
        for number in range(3):
            frame = np.roll(face, (number, subject), axis=(0, 1))
            Image.fromarray(frame).save(source / str(subject) / f"img{number}.png")
        lines.append(f"{subject},1,{subject},0,1,2,30,happiness")
    (source / "metadata.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    # one clip a shard, so that the workers share the tasks; their modules are as they come
    start = "import sys; from micron_bert.data.prepared import prepare; prepare.SHARD_FRAMES = 2; "
    start += "from micron_bert.cli.main import main; sys.exit(main(sys.argv[1:]))"
    # Ray's workers are as nice as can be, unless told otherwise: on a busy machine they would never have their turn
    environment = {**os.environ, "RAY_worker_niceness": "0", "OMP_NUM_THREADS": "1"}
    for name, more in {"here": (), "there": ("--executor", "ray", "--processes", "2")}.items():
        command = [sys.executable, "-c", start, "prepare", "folder", str(source), "--output", str(tmp_path / name)]
        subprocess.run([*command, *more], check=True, env=environment)
    here, there = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path / "here", tmp_path / "there")
    )
    assert here == there and sum(path.suffix == ".parquet" for path in here) == 3

import datasets
import numpy as np
import pytest
from PIL import Image

from micron_bert import MicronBertImageProcessor
from micron_bert.data.examples.stored import StoredClips, StoredPairs, open_dataset
from micron_bert.data.examples.targets import read_targets
from micron_bert.errors import InputError
from micron_bert.synthesis.motion.displacement import patch_means


@pytest.fixture
def processor():
    return MicronBertImageProcessor(size={"height": 32, "width": 32})


def test_pictures_come_back_as_stored(pairs_folder, face_pictures):
    clips = StoredClips(open_dataset(str(pairs_folder), None, "train"), "pairs")
    frames, places = clips.frames(clips.row(8))
    np.testing.assert_array_equal(frames[0], face_pictures[2])
    assert places == [0, 1] and len(frames) == 2


@pytest.mark.parametrize("later, expected", [(0, [1, 4]), (1, [1, 6]), (5, [1, 2, 3, 4, 5, 6])])
def test_course_runs_from_onset_to_offset(clips_folder, later, expected):
    clips = StoredClips(open_dataset(str(clips_folder), None, "train"), "clips")
    assert clips.frames(clips.row(0), later)[1] == expected


def test_stored_displacement_is_averaged_and_scaled(pairs_folder):
    stored = open_dataset(str(pairs_folder), None, "train")
    targets = read_targets(stored, "label", [], "pairs")
    processor = MicronBertImageProcessor(size={"height": 64, "width": 64})
    pairs = StoredPairs(StoredClips(stored, "pairs"), [3, 4], processor, 8, targets.values, register=False)
    item = pairs[1]
    assert item["pixel_values"].shape == (2, 3, 64, 64)
    expected = 2 * patch_means(np.asarray(stored[4]["displacement"], np.float32), 8)
    np.testing.assert_allclose(item["displacement"][0], expected, atol=1e-6)
    assert item["labels"] == targets.values[4] and item["amplitude"] == pytest.approx(stored[4]["amplitude"])


def test_course_needs_a_field_for_each_frame(pairs_folder, processor):
    stored = open_dataset(str(pairs_folder), None, "train")
    values = read_targets(stored, "label", [], "pairs").values
    assert StoredPairs(StoredClips(stored, "pairs"), [0], processor, 4, values).has_displacement
    assert not StoredPairs(StoredClips(stored, "pairs"), [0], processor, 4, values, later_frames=3).has_displacement


def test_paths_are_relative_to_the_folder(tmp_path, face_pictures):
    for name in ("a.png", "b.png"):
        Image.fromarray(face_pictures[0]).save(tmp_path / name)
    (tmp_path / "train.jsonl").write_text('{"onset": "a.png", "apex": "b.png", "label": "x"}\n')
    clips = StoredClips(open_dataset(str(tmp_path), None, "train"), str(tmp_path))
    np.testing.assert_array_equal(clips.frames(clips.row(0))[0][0], face_pictures[0])


def test_image_folder_with_metadata(tmp_path, face_pictures):
    for name in ("a.png", "b.png"):
        Image.fromarray(face_pictures[1]).save(tmp_path / name)
    (tmp_path / "metadata.csv").write_text("onset_file_name,apex_file_name,label,subject\na.png,b.png,happy,s1\n")
    clips = StoredClips(open_dataset(str(tmp_path), None, "train"), str(tmp_path))
    np.testing.assert_array_equal(clips.frames(clips.row(0))[0][1], face_pictures[1])


@pytest.mark.parametrize(
    "rows, said",
    [
        ({"picture": [1]}, "must have the columns `onset` and `apex`.*it has `picture`"),
        ({"onset": [0], "apex": [1]}, "it has `onset` \\(int64\\), `apex` \\(int64\\)"),
        ({"frames": [["a.png"]]}, "it has `frames`"),
    ],
)
def test_other_columns_are_named(rows, said):
    with pytest.raises(InputError, match=said):
        StoredClips(datasets.Dataset.from_dict(rows), "mine")


def test_positions_outside_of_the_clip_are_named(face_pictures):
    rows = {"frames": [["a.png", "b.png"]], "onset": [0], "apex": [2]}
    clips = StoredClips(datasets.Dataset.from_dict(rows), "mine")
    with pytest.raises(InputError, match="onset `0` and apex `2` but 2 frames"):
        clips.frames(clips.row(0))


def test_unreadable_picture_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    clips = StoredClips(datasets.Dataset.from_dict({"onset": ["a.png"], "apex": ["b.png"]}), str(tmp_path))
    with pytest.raises(InputError, match="a.png"):
        clips.frames(clips.row(0))


def test_missing_dataset_or_split_is_named(pairs_folder, clips_folder, tmp_path):
    for name in ("/nowhere/at/all", "./nowhere", str(tmp_path)):
        with pytest.raises(InputError, match="cannot be read"):
            open_dataset(name, None, "train")
    with pytest.raises(InputError, match="no split `test`; it has `train`"):
        open_dataset(str(clips_folder), None, "test")


def test_targets_of_every_kind():
    named = datasets.Dataset.from_dict(
        {
            "word": ["b", "a", "b"],
            "number": [7, 7, 3],
            "units": [["L4", "AU7"], [], ["12B"]],
            "coded": [[{"number": 4, "side": "both"}], [], [{"number": 12, "side": "left"}]],
            "hole": ["a", None, "b"],
        }
    )
    words = read_targets(named, "word", [], "d")
    assert words.names == ["a", "b"] and words.values.tolist() == [1, 0, 1] and not words.multi_label
    assert read_targets(named, "number", [], "d").names == ["3", "7"]
    units = read_targets(named, "units", ["4", "AU12"], "d")
    assert units.multi_label and units.names == ["4", "12"] and units.values.tolist() == [[1, 0], [0, 0], [0, 1]]
    np.testing.assert_array_equal(read_targets(named, "coded", ["4", "12"], "d").values, units.values)
    for column, said in (("none", "no column `none`; it has `word`"), ("hole", "`1` rows of the dataset `d`")):
        with pytest.raises(InputError, match=said):
            read_targets(named, column, [], "d")
    with pytest.raises(InputError, match="none of the action units 5"):
        read_targets(named, "units", ["5"], "d")


def test_class_label_keeps_its_order():
    feature = datasets.Features(label=datasets.ClassLabel(names=["z", "a", "m"]))
    targets = read_targets(datasets.Dataset.from_dict({"label": [0, 2]}, features=feature), "label", [], "d")
    assert targets.names == ["z", "a", "m"] and targets.values.tolist() == [0, 2]

"""Prepared datasets are read as their clips."""

import pytest
from PIL import Image

from micron_bert.errors import InputError
from micron_bert.evaluation.clips import read_clips
from micron_bert.evaluation.evaluate import main


def test_a_person_is_known_by_dataset_and_subject(prepared):
    clips = read_clips(prepared)
    assert len(clips.clips) == 36 and len({clip.person for clip in clips.clips}) == 6
    first = clips.clips[0]
    assert first.name == ("casme2", "s1", "clip0") and first.label == "negative" and first.action_units == {"4"}
    assert clips.class_names == ["negative", "positive", "surprise", "none"]
    frames = clips.frames(first, size=32, later_frames=0, register=False)
    assert [frame.shape for frame in frames] == [(32, 32, 3)] * 2


def test_data_that_cannot_be_used_are_named(prepared, tmp_path):
    with pytest.raises(InputError, match="`data` is missing"):
        read_clips([])
    with pytest.raises(InputError, match="cannot be read"):
        read_clips([str(tmp_path / "nothing")])
    with pytest.raises(InputError, match="occurs twice"):
        read_clips([prepared[0], prepared[0]])


def test_pairs_are_too_short_for_lbp_top(tmp_path):
    write_pairs(tmp_path / "pairs")
    with pytest.raises(InputError, match="holds onset and apex only"):
        main(["--data", str(tmp_path / "pairs"), "--output", str(tmp_path / "run"), "--baseline", "lbptop"])


def write_pairs(folder):
    """A dataset of pairs, as Parquet."""
    import datasets

    picture = Image.new("RGB", (32, 32))
    rows = [
        {"subject": f"s{n % 2}", "clip": str(n), "label": "ab"[n // 3], "frames": [picture] * 2, "onset": 0, "apex": 1}
        for n in range(6)
    ]
    features = {name: datasets.Value("string") for name in ("subject", "clip", "label")}
    features |= {name: datasets.Value("int32") for name in ("onset", "apex")}
    folder.mkdir()
    table = datasets.Dataset.from_list(
        rows, features=datasets.Features(frames=datasets.List(datasets.Image()), **features)
    )
    table.to_parquet(folder / "train.parquet")
    return str(folder)

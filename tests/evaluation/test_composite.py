import os
from collections import Counter
from pathlib import Path

import pytest

from micron_bert.errors import InputError
from micron_bert.evaluation.clips import PreparedClip
from micron_bert.evaluation.composite import (
    COUNTS,
    Listed,
    clip_key,
    read_composite_list,
    select_by_rule,
    select_listed,
)
from micron_bert.evaluation.protocols import leave_one_subject_out

LIST = Path(os.environ.get("MICRON_BERT_ANNOTATIONS", "none"), "megc2019_combined_3class_gt.csv")
needs_list = pytest.mark.skipif(
    not LIST.is_file(), reason="MICRON_BERT_ANNOTATIONS names no folder with the organisers' list"
)


@pytest.mark.parametrize(
    "one, other",
    [
        (("smic", "s03", "s03_ne_03"), ("SMIC-HS", "s3", "s3_ne_03")),
        (("samm", "6", "006_1_2"), ("SAMM", "006", "006_1_2")),
        (("casme2", "sub01", "EP02_01f"), ("CASME II", "1", "ep02_01f")),
    ],
)
def test_padding_and_case_do_not_matter(one, other):
    assert clip_key(*one) == clip_key(*other)


def test_casme_squared_is_not_casme_2():
    assert clip_key("CAS(ME)^2", "s15", "a1")[0] != clip_key("CASME2", "s15", "a1")[0]


def test_listed_clips_get_the_label_of_the_list_and_missing_ones_are_named():
    clips = [
        PreparedClip("smic", "s3", "s3_ne_03", "positive"),
        PreparedClip("casme2", "09", "EP02_01"),
        PreparedClip("casme", "1", "x"),
    ]
    listed = [Listed("smic", "s03", "s03_ne_03", "negative"), Listed("casme2", "sub09", "EP02_01", "surprise")]
    found = select_listed(clips, [*listed, Listed("samm", "6", "006_1_2", "positive")])
    assert (found.numbers, found.labels) == ([0, 1], ["negative", "surprise"])
    assert found.missing == ["samm/6/006_1_2"] and "1 of the 3" in found.notes[0]


def test_rule_leaves_out_what_the_list_leaves_out():
    emotions = {"EP12_01f": "disgust", "EP01": "sadness", "EP02": "others", "EP03": "repression"}
    clips = [PreparedClip("casme2", "4", clip, emotion=emotion) for clip, emotion in emotions.items()]
    found = select_by_rule(
        [*clips, PreparedClip("smic", "s1", "s1_po_01", "positive"), PreparedClip("mmew", "1", "a", "positive")]
    )
    assert (found.numbers, found.labels) == ([3, 4], ["negative", "positive"])
    assert any(note.startswith("casme2 has 1/0/0 clips of 1 subjects") for note in found.notes)


@pytest.mark.parametrize("content", ["casme2,sub01,EP02_01f,3\n", "casme2;sub01;EP02_01f;1\n"])
def test_another_file_is_refused(tmp_path, content):
    (tmp_path / "list.csv").write_text(content)
    with pytest.raises(InputError, match="Line 1 of the composite list"):
        read_composite_list(tmp_path / "list.csv")


@needs_list
def test_organisers_list_has_its_published_counts():
    listed = read_composite_list(LIST)
    clips = [PreparedClip(one.dataset, one.subject, one.clip) for one in listed]
    assert Counter(one.label for one in listed) == {"negative": 250, "positive": 109, "surprise": 83}
    assert len(listed) == 442 == len({clip_key(*clip.name) for clip in clips})
    folds = leave_one_subject_out([clip.person for clip in clips])
    assert len(folds) == 68
    for dataset, (*classes, subjects) in COUNTS.items():
        inside = [one for one in listed if one.dataset == dataset]
        counts = Counter(one.label for one in inside)
        assert [counts[name] for name in ("negative", "positive", "surprise")] == classes
        assert len({one.subject for one in inside}) == subjects
    # as a user's copies name them: unpadded SMIC, three-digit SAMM
    renamed = [
        PreparedClip(
            {"smic": "SMIC-HS"}.get(clip.dataset, clip.dataset), clip.subject.zfill(3), clip.clip.replace("s0", "s")
        )
        for clip in reversed(clips)
    ]
    found = select_listed(renamed, listed)
    assert len(found.numbers) == 442 and not found.missing
    assert found.labels == [one.label for one in reversed(listed)]
    assert not select_by_rule([PreparedClip(one.dataset, one.subject, one.clip, one.label) for one in listed]).notes


def test_list_with_a_header_and_empty_lines(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("dataset,subject,clip,label\n\nsmic,s01,s01_ne_01,0,\n,,,\ncasme2,sub01,EP02_01f,1\n")
    assert [(one.dataset, one.label) for one in read_composite_list(path)] == [
        ("smic", "negative"),
        ("casme2", "positive"),
    ]
    path.write_text("dataset,subject,clip,label\n")
    with pytest.raises(InputError, match="has no rows"):
        read_composite_list(path)

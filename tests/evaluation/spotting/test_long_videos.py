import pytest

from micron_bert.errors import InputError
from micron_bert.evaluation.spotting.long_videos import read_long_videos
from tests.data.conftest import TreeBuilder


def pictures(folder, names):
    TreeBuilder(folder).pictures(".", names)


def xlsx(path, **sheets):
    TreeBuilder(path.parent).xlsx(path.name, sheets)


def told(videos):
    return {
        (video.subject, video.video): [(one.kind, one.onset, one.offset, one.label) for one in video.truth]
        for video in videos
    }


@pytest.fixture
def casme_sq2(tmp_path):
    rows = [
        (1, "anger1_1", 12, 14, 18, "4", "negative", "macro-expression", "anger"),
        (1, "anger1_2", 30, 33, 0, "7", "others", "micro-expression", "anger"),
        (1, "anger1_3", 300, 303, 310, "7", "negative", "micro-expression", "anger"),
        (2, "disgusting2_1", 3, 4, 6, "R14", "surprise", "micro-expression", "disgust"),
    ]
    people, codes = [(1, "s15"), (2, "s16")], [("anger1", 401), ("disgusting2", "0102")]
    xlsx(tmp_path / "CASME_sq" / "CAS(ME)^2code_final.xlsx", a=rows, b=people, c=codes)
    raw = tmp_path / "CASME_sq" / "rawpic"
    # numbered from 11, and two frames are missing
    pictures(raw / "s15" / "15_0401anger1", [f"img{n:03d}.jpg" for n in range(11, 40) if n not in (14, 15)])
    pictures(raw / "s15" / "15_0505funny", [f"img{n:03d}.jpg" for n in range(1, 5)])
    pictures(raw / "s16" / "16_0102disgusting2", [f"img{n}.jpg" for n in range(1, 12)])
    pictures(tmp_path / "CASME_sq" / "selectedpic" / "s16" / "16_0102disgusting2", ["img003.jpg"])
    return tmp_path


def test_casme_sq2(casme_sq2):
    videos, report = read_long_videos("CASME_sq2", casme_sq2)
    assert told(videos) == {
        ("s15", "15_0401anger1"): [("macro", 1, 5, "negative"), ("micro", 17, 20, None)],
        ("s15", "15_0505funny"): [],
        ("s16", "16_0102disgusting2"): [("micro", 2, 5, "surprise")],
    }
    first = videos[0]
    assert [first.numbers[place] for place in (1, 5, 17, 20)] == [12, 18, 30, 33]
    assert first.fps == 30 and first.minutes == pytest.approx(27 / 30 / 60)
    assert any("no frame from 300 to 310" in str(remark) for remark in report.remarks)
    assert any("15_0505funny" in str(remark) and "nothing is annotated" in str(remark) for remark in report.remarks)


def test_samm_long(tmp_path):
    rows = [
        ("006", "006_1_2", 1, 5562, 5570, 5575, 14, "Micro - 1/2", "R12", None),
        ("006", "006_2_1", 1, 12, 14, 0, 3, "Macro", "4", None),
    ]
    xlsx(tmp_path / "SAMM_LongVideos_V3_Release.xlsx", Sheet1=[("Notes",), *[()] * 9, *rows])
    pictures(tmp_path / "SAMM_longvideos" / "006_1", [f"006_1_{n:04d}.jpg" for n in range(5560, 5580)])
    pictures(tmp_path / "SAMM_longvideos" / "006_2", [f"006_2_{n:05d}.jpg" for n in range(10, 20)])
    pictures(tmp_path / "SAMM_longvideos" / "007_3", [f"007_3_{n:04d}.jpg" for n in range(1, 4)])
    videos, _ = read_long_videos("samm_long", tmp_path)
    assert told(videos) == {
        ("006", "006_1"): [("micro", 2, 15, None)],
        ("006", "006_2"): [("macro", 2, 4, None)],
        ("007", "007_3"): [],
    }
    assert all(video.fps == 200 for video in videos)


def test_smic_e_has_several_in_one_video(tmp_path):
    header = ("Subject", "Filename", None, "OnsetF", "OffsetF", "Onset2F", "Offset2F", "Emotion")
    rows = [("s20", "s20_ne_06", None, 10, 12, 15, 17, "negative")]
    xlsx(tmp_path / "SMIC-HS-E_annotation.xlsx", Sheet1=[header, *rows])
    home = tmp_path / "SMIC-E_raw image" / "HS_long" / "SMIC-HS-E" / "HS"
    pictures(home / "s20" / "s20_ne_06", [f"image{n:06d}.jpg" for n in range(9, 19)])
    videos, _ = read_long_videos("smic_hs_e", tmp_path)
    assert told(videos) == {("s20", "s20_ne_06"): [("micro", 1, 3, "negative"), ("micro", 6, 8, "negative")]}


def test_casme3_needs_the_long_videos(tmp_path):
    header = ("Subject", "Filename", "Onset", "Apex", "Offset", "AU", "Objective class", "emotion")
    rows = [("spNO.1", "a", 3, 4, 6, "5", "II", "happy"), ("spNO.2", "b", 2, 3, 4, "5", "II", "Others")]
    xlsx(tmp_path / "cas(me)3_part_A_ME_label_JpgIndex_v2.xlsx", label=[header, *rows])
    pictures(tmp_path / "Part_A_ME_clip" / "frame" / "spNo.1_a_3", ["3.jpg", "4.jpg", "5.jpg", "6.jpg"])
    with pytest.raises(InputError, match="none of the long videos"):
        read_long_videos("casme3", tmp_path)
    for video in ("spNO.1/a", "spNO.1/c", "spNO.2/b"):
        pictures(tmp_path / "part_A" / video / "color", [f"{n}.jpg" for n in range(1, 9)])
        pictures(tmp_path / "part_A" / video / "depth", [f"{n}.png" for n in range(1, 9)])
    videos, _ = read_long_videos("casme3", tmp_path)
    assert told(videos) == {
        ("spNO.1", "a"): [("micro", 2, 5, "positive")],
        ("spNO.1", "c"): [],
        ("spNO.2", "b"): [("micro", 1, 3, None)],
    }


def test_says_what_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="`casme2` has no long videos"):
        read_long_videos("casme2", tmp_path)
    with pytest.raises(InputError, match="synthesize --films"):
        read_long_videos("films", tmp_path)
    with pytest.raises(InputError, match="no sheet"):
        read_long_videos("samm_long", tmp_path, tmp_path / "none.xlsx")

import json

import pytest

from micron_bert.cli.main import main
from micron_bert.data.counts import compare
from micron_bert.data.doctor import examine, how_to_get
from micron_bert.data.sources import SOURCES
from micron_bert.errors import InputError


def test_counts_stand_beside_the_published_ones(casme2):
    found = examine("casme2", casme2.root)
    counts = {name: numbers for name, *numbers in found.counts}
    assert counts["rows"] == [255, 4, 4] and counts["subjects"] == [26, 4, 4]
    assert counts["emotions: disgust"] == [63, 1, 1] and counts["emotions: fear"] == [2, 0, 0]
    assert counts["three classes"] == [147, 3, 3] and counts["five classes"] == [246, 4, 4]
    assert counts["objective classes: 4"] == [26, 1, 1]
    assert not found.healthy and found.problem is None


def test_a_complete_copy_is_healthy(casme2, monkeypatch):
    import dataclasses

    small = dataclasses.replace(SOURCES["casme2"], published={"rows": 4, "emotions": {"others": 1}})
    monkeypatch.setitem(SOURCES, "casme2", small)
    assert examine("casme2", casme2.root).healthy
    # the cropped pictures lack clips
    assert not examine("casme2", casme2.root, variant="cropped").healthy


def test_labels_without_pictures(casme2, tmp_path):
    sheet = tmp_path / "labels" / "CASME2-coding-20140508.xlsx"
    sheet.parent.mkdir()
    sheet.write_bytes((casme2.root / sheet.name).read_bytes())
    found = examine("casme2", sheet.parent)
    assert "none of the pictures" in found.problem and found.loaded.report.annotated == 4
    assert dict((name, tuple(numbers)) for name, *numbers in found.counts)["rows"] == (255, 4, 0)


def test_missing_folder_says_how_to_get_it(tmp_path):
    found = examine("smic_hs", tmp_path / "nowhere")
    assert found.loaded is None and "does not exist" in found.problem and not found.healthy
    text = how_to_get(found.source)
    assert "University of Oulu" in text and "licence agreement" in text and "HS/s1/micro/negative" in text
    with pytest.raises(InputError, match="no dataset `smik`"):
        examine("smik", tmp_path)


def test_every_source_says_where_it_comes_from():
    for name, source in SOURCES.items():
        text = how_to_get(source)
        assert source.title.lower() in text.lower()
        assert name in ("folder", "videos") or (source.owner in text and source.paper in text)


def test_compare_counts_what_is_absent_as_zero():
    assert compare({"rows": 3, "emotions": {"fear": 2}}, {"rows": 3}, {}) == [
        ("rows", 3, 3, 0),
        ("emotions: fear", 2, 0, 0),
    ]


def test_command_prints_and_writes(casme2, tmp_path, capsys):
    assert main(["doctor", "casme2", str(casme2.root)]) == 1
    out = capsys.readouterr().out
    assert "CASME II" in out and "255" in out and "differs" in out
    assert "1 mended" in out and "sub16/EP01_08 (row 5): action units `?`" in out
    assert main(["doctor", "casme2", str(casme2.root), "--json"]) == 1
    written = json.loads(capsys.readouterr().out)
    assert written["counts"][0] == {"name": "rows", "published": 255, "annotated": 4, "loaded": 4}
    assert written["report"]["remarks"][0]["dataset"] == "casme2"


def test_command_without_a_copy(capsys, tmp_path):
    assert main(["doctor", "samm", str(tmp_path / "none")]) == 1
    assert "Manchester Metropolitan University" in capsys.readouterr().out
    assert main(["doctor", "mmew"]) == 1 and "benxianyeteam/MMEW-Dataset" in capsys.readouterr().out
    assert main(["doctor", "list"]) == 0 and "smic_hs_e" in capsys.readouterr().out
    assert main(["doctor", "casme9", str(tmp_path)]) == 2
    assert "There is no dataset `casme9`" in capsys.readouterr().err


def smic_names(counts):
    """Names of as many clips of each emotion, over the sixteen people."""
    people = [1, 2, 3, 4, 5, 6, 8, 9, 11, 12, 13, 14, 15, 18, 19, 20]
    return [
        (f"s{people[number % 16]}", f"s{people[number % 16]}_{code}_{number // 16 + 1:02d}", word)
        for code, word, count in counts
        for number in range(count)
    ]


def touch(folder, numbers):
    folder.mkdir(parents=True)
    for number in numbers:
        (folder / f"image{number:06d}.bmp").touch()


def test_a_whole_copy_of_smic_is_whole(tmp_path):
    for person, clip, word in smic_names([("ne", "negative", 70), ("po", "positive", 51), ("sur", "surprise", 43)]):
        touch(tmp_path / "HS" / person / "micro" / word / clip, (5, 6))
    found = examine("smic_hs", tmp_path, pictures="listed")
    assert found.healthy and found.with_pictures == 164


def test_a_whole_copy_of_the_longer_smic_is_whole(tree):
    """The sheet has 162 clips, five of them with two micro-expressions, and words below."""
    names = smic_names([("ne", "negative", 70), ("po", "positive", 51), ("sur", "surprise", 41)])
    twice = {"s20_ne_03", "s20_ne_04", "s18_ne_01", "s20_sur_02", "s18_sur_01"}
    header = ("Subject", "Filename", None, "OnsetF", "OffsetF", "Onset2F", "Offset2F", None, "FirstF", "Emotion")
    rows = [
        (person, clip, None, 2, 3, *((5, 6) if clip in twice else (0, 0)), None, 1, word)
        for person, clip, word in names
    ]
    tree.xlsx("SMIC-HS-E_annotation.xlsx", {"Sheet1": [header, *rows, (), ("in all", "162 clips")]})
    for person, clip, _ in names:
        touch(tree.root / "HS_long" / "SMIC-HS-E" / person / clip, range(1, 8))
    found = examine("smic_hs_e", tree.root, pictures="listed")
    assert found.loaded.report.loaded == 167
    assert found.healthy, (found.differing, found.loaded.report.dropped)

"""The right sheet and the right rows of it, whatever else lies beside them, and what files of any kind may hold."""

from datetime import date, time

import openpyxl
import pytest

from micron_bert.cli.main import main
from micron_bert.data import load
from micron_bert.data import sheets as sheets_module
from micron_bert.data.sheets import read_sheets
from micron_bert.data.sources.source import named_dataset
from micron_bert.errors import InputError

HEADER = ("Subject", "Filename", "OnsetFrame", "ApexFrame", "OffsetFrame", "Action Units", "Estimated Emotion")


def labels(name, tree, **options):
    return load(name, tree.root, pictures="none", **options)


def said(loaded):
    return " | ".join(map(str, loaded.report.remarks))


@pytest.mark.parametrize(
    "name, dataset",
    [
        ("CASME2-coding-20140508", "casme2"),
        ("CASME2_label_Ver_2", "casme2"),
        ("CASME II", "casme2"),
        ("CAS(ME)^2code_final", "casme_sq2"),
        ("CAS(ME)2code_final(Updated)", "casme_sq2"),
        ("cas(me)3_part_A_ME_label_JpgIndex_v2", "casme3"),
        ("casme3_table", "casme3"),
        ("CASME", "casme"),
        ("SAMM", "samm"),
        ("SAMM_LongVideos_V3_Release", "samm_long"),
        ("SMIC-HS-E_annotation", "smic"),
        ("MICRO_ONLY", None),
        ("labels", None),
    ],
)
def test_dataset_that_a_name_speaks_of(name, dataset):
    assert named_dataset(name) == dataset


@pytest.mark.parametrize(
    "dataset, file, subject",
    [
        ("casme2", "CASME2_label_Ver_2.xls", "sub01"),
        ("samm", "SAMM.xlsx", "001"),
        ("casme3", "casme3_table.xlsx", "spNO.1"),
        ("mmew", "MMEW labels.xlsx", "S01"),
        ("4dme", "4DME.xlsx", "1"),
        ("casme", "CASME.xlsx", "sub01"),
    ],
)
def test_sheets_that_begin_with_the_name_of_the_dataset(tree, dataset, file, subject):
    write = tree.xls if file.endswith(".xls") else tree.xlsx
    write(file, {"Sheet1": [HEADER, (1, "EP01", 1, 2, 3, "4", "disgust")]})
    # a sheet without a name of any kind, which is not preferred
    tree.xlsx("all.xlsx", {"Sheet1": [HEADER, (9, "EP09", 1, 2, 3, "4", "disgust")]})
    tree.xlsx("DFME other.xlsx", {"Sheet1": [HEADER, (8, "EP08", 1, 2, 3, "4", "disgust")]})
    assert [row["subject"] for row in labels(dataset, tree).clips] == [subject]


def test_of_two_coding_sheets_the_one_of_the_published_counts_is_taken_and_said_so(tree):
    for number, version in enumerate(("20140508", "20190701", "updated"), 1):
        tree.xlsx(f"CASME2-coding-{version}.xlsx", {"a": [HEADER, (number, "EP01", 1, 2, 3, "4", "disgust")]})
    (tree.root / "copy").mkdir()
    (tree.root / "copy/CASME2-coding-20140508.xlsx").write_bytes(
        (tree.root / "CASME2-coding-20140508.xlsx").read_bytes()
    )
    loaded = labels("casme2", tree)
    assert loaded.clips["subject"][:] == ["sub01"]
    reasons = {remark.row.rsplit("/", 1)[-1]: remark.reason for remark in loaded.report.noted}
    reason = reasons["CASME2-coding-20190701.xlsx"]
    assert "the version that published counts are of" in reason and "`annotation`" in reason
    assert "it is a copy of" in reasons["CASME2-coding-20140508.xlsx"]
    chosen = labels("casme2", tree, annotation=tree.root / "CASME2-coding-20190701.xlsx")
    assert chosen.clips["subject"][:] == ["sub02"]


@pytest.mark.parametrize("column", ["Objective Classes", "Objective Class"])
def test_objective_classes_in_the_coding_sheet_itself(tree, column):
    rows = [(*HEADER, column), (1, "EP01", 1, 2, 3, "4", "disgust", "III"), (1, "EP02", 1, 2, 3, "4", "fear", 7.0)]
    tree.xlsx("CASME2-coding-updated.xlsx", {"a": rows})
    assert labels("casme2", tree).clips["objective_class"][:] == [3, 7]


def test_objective_classes_lie_beside_a_sheet_that_is_named(tree, tmp_path):
    away = type(tree)(tmp_path / "away")
    away.xlsx("mine.xlsx", {"a": [HEADER, (1, "EP01", 1, 2, 3, "4", "disgust")]})
    away.xlsx("CASME2-ObjectiveClasses.xlsx", {"a": [("Subject", "Filename", "Objective Class"), ("01", "EP01", 5)]})
    tree.pictures("CASME2-RAW/sub01/EP01", [f"img{n}.jpg" for n in range(1, 4)])
    loaded = load("casme2", tree.root, annotation=away.root / "mine.xlsx")
    assert loaded.clips["objective_class"][:] == [5]


@pytest.mark.parametrize("order", [1, -1])
def test_right_sheet_of_a_combined_workbook(tree, order):
    names = {"CASME2": 1, "SAMM": 2, "CAS(ME)^3": 3, "MMEW": 4}
    book = {name: [HEADER, (number, "EP01", 1, 2, 3, "4", "disgust")] for name, number in list(names.items())[::order]}
    tree.xlsx("combined.xlsx", book)
    for dataset, subject in (("casme2", "sub01"), ("samm", "002"), ("casme3", "spNO.3"), ("mmew", "S04")):
        assert labels(dataset, tree).clips["subject"][:] == [subject]
    with pytest.raises(InputError, match="sheets of other datasets only .*`MMEW`"):
        labels("4dme", tree, annotation=tree.root / "combined.xlsx")


def test_rows_of_other_datasets_in_one_sheet(tree):
    rows = [("Dataset", *HEADER)]
    rows += [(name, 1, f"EP0{n}", 1, 2, 3, "4", "disgust") for n, name in enumerate(("CASME II", "SAMM", "casme2"))]
    tree.xlsx("all.xlsx", {"a": rows})
    loaded = labels("casme2", tree)
    assert loaded.clips["clip"][:] == ["EP00", "EP02"] and "1 rows are of other datasets" in said(loaded)


def test_of_two_sheets_that_fit_the_first_is_taken_and_said_so(tree):
    book = {name: [HEADER, (n, "EP01", 1, 2, 3, "4", "disgust")] for n, name in enumerate(("first", "second"), 1)}
    tree.xlsx("CASME2-coding-20140508.xlsx", book)
    loaded = labels("casme2", tree)
    assert loaded.clips["subject"][:] == ["sub01"] and "`first` is taken; `second`" in said(loaded)


@pytest.mark.parametrize("turn", [1, -1])
def test_columns_in_either_order(tree, turn):
    rows = [HEADER, ("01", "EP01", 4, 6, 9, "4+R7", "disgust")]
    tree.xlsx("CASME2-coding-20140508.xlsx", {"a": [row[::turn] for row in rows]})
    (row,) = labels("casme2", tree).clips
    assert (row["subject"], row["clip"], row["onset"], row["apex"], row["offset"]) == ("sub01", "EP01", 4, 6, 9)


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_merged_cells_have_their_value_in_every_row(tree, kind):
    # a header over two rows, and a subject over three
    head = [("Subject", "Filename", "Frames", None, None, "Estimated Emotion")]
    head += [(None, None, "Onset", "Apex", "Offset", None)]
    rows = [("01", "EP01", 1, 2, 3, "fear"), (None, "EP02", 1, 2, 3, "disgust"), (None, "EP03", 1, 2, 3, "anger")]
    merged = ["A1:A2", "B1:B2", "C1:E1", "F1:F2", "A3:A5"]
    path = tree.root / f"CASME2-coding-20140508.{kind}"
    tree.root.mkdir(parents=True)
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in (*head, *rows):
            book.active.append(row)
        for cells in merged:
            book.active.merge_cells(cells)
        book.save(path)
    else:
        xlwt = pytest.importorskip("xlwt")
        book = xlwt.Workbook()
        sheet = book.add_sheet("a")
        for cells in merged:
            left, top, right, bottom = openpyxl.utils.range_boundaries(cells)
            value = [*head, *rows][top - 1][left - 1]
            sheet.write_merge(top - 1, bottom - 1, left - 1, right - 1, value)
        for number, row in enumerate((*head, *rows)):
            for place, value in enumerate(row):
                inside = any(
                    a <= place + 1 <= c and b <= number + 1 <= d
                    for a, b, c, d in map(openpyxl.utils.range_boundaries, merged)
                )
                if value is not None and not inside:
                    sheet.write(number, place, value)
        book.save(str(path))
    loaded = labels("casme2", tree)
    assert [(row["subject"], row["clip"], row["onset"], row["offset"]) for row in loaded.clips] == [
        ("sub01", f"EP0{n}", 1, 3) for n in (1, 2, 3)
    ]


def test_paths_of_windows_in_a_sheet(tree):
    tree.xlsx("CASME2-coding-20140508.xlsx", {"a": [HEADER, ("01", "sub01\\EP01", 1, 2, 3, "4", "fear")]})
    tree.pictures("Cropped/sub01/EP01", [f"reg_img{n}.jpg" for n in range(1, 4)])
    (row,) = load("casme2", tree.root).clips
    assert row["clip"] == "EP01" and len(row["frames"]) == 3
    tree.file("mine/metadata.csv", b"subject,frames\nanna,anna\\talk\n")
    tree.pictures("mine/anna/talk", ["1.png", "2.png"])
    assert load("folder", tree.root / "mine").clips[0]["clip"] == "talk"


def test_zero_stands_for_a_moment_that_nobody_coded(tree):
    rows = [
        ("01", "EP01", 5, 0, 9, "4", "fear"),
        ("01", "EP02", 5, 0, 0, "4", "fear"),
        ("01", "EP03", 5, 7, 0, "4", "fear"),
        ("01", "EP04", 0, 0, 0, "4", "fear"),
        ("01", "EP05", 0, 2, 0, "4", "fear"),
    ]
    tree.xlsx("CASME2-coding-20140508.xlsx", {"a": [HEADER, *rows]})
    loaded = labels("casme2", tree)
    assert [(row["clip"], row["apex"], row["offset"]) for row in loaded.clips] == [
        ("EP01", None, 9),
        ("EP02", None, None),
        ("EP03", 7, 7),
        ("EP05", 2, 2),
    ]
    assert len(loaded.report.mended) == 5 and "stands for not coded" in loaded.report.dropped[0].reason


@pytest.mark.parametrize("layout", ["gray_micro/{subject}/{clip}", "gray_micro/{clip}", "{clip}"])
def test_4dme_with_and_without_folders_of_subjects(tree, layout):
    header = ("sub_ID", "fold_name", "Emotion", "Onset", "Apex", "Offset", "AUs")
    names = [("S01", "S01_1st_001_01_1"), ("S13", "S13_1st_001_01_1")]
    tree.xlsx(
        "4DME_Labelling_Micro_release v1.xlsx",
        {"a": [header, *((subject, clip, "Negative", 1, 2, 3, "AU4") for subject, clip in names)]},
    )
    for subject, clip in names:
        tree.pictures(layout.format(subject=subject, clip=clip), [f"{n}.jpg" for n in range(1, 4)])
        tree.pictures("kinect_color/" + clip, ["1.jpg"])
    loaded = load("4dme", tree.root)
    assert [row["subject"] for row in loaded.clips] == ["S01", "S13"]
    assert all("kinect" not in row["frames"][0] for row in loaded.clips)


def test_action_units_by_both_readings(tree):
    tree.xlsx("SAMM.xlsx", {"MICRO_ONLY": [HEADER, ("006", "006_1_2", 1, 2, 3, "L12 or L14+ref(6)", "Anger")]})

    def numbers(**options):
        return [unit["number"] for unit in labels("samm", tree, **options).clips[0]["action_units"]]

    assert numbers() == numbers(action_units="challenge") == [12, 14, 6]
    assert numbers(action_units="strict") == [12]
    with pytest.raises(InputError, match="`challenge` or `strict`"):
        numbers(action_units="all")


def test_command_says_how_it_read_the_action_units(tree, tmp_path, capsys):
    tree.xlsx("SAMM.xlsx", {"MICRO_ONLY": [HEADER, ("006", "006_1_2", 1, 2, 3, "L12 or L14", "Anger")]})
    main(["doctor", "samm", str(tree.root), "--action-units", "strict"])
    assert "the first is taken" in capsys.readouterr().out
    main(["doctor", "samm", str(tree.root), "--action-units", "strict", "--json"])
    assert '"action_units": "strict"' in capsys.readouterr().out


def test_metadata_leads_nowhere_outside_unless_that_is_allowed(tree):
    tree.pictures("secret", ["1.png", "2.png"])
    tree.pictures("mine/inside", ["1.png", "2.png"])
    away = tree.root / "secret"
    tree.file("mine/metadata.csv", f"subject,frames\nanna,../secret\nben,{away}\ncleo,inside\ndora,link\n".encode())
    (tree.root / "mine/link").symlink_to(away)
    loaded = load("folder", tree.root / "mine")
    assert loaded.clips["subject"][:] == ["cleo"]
    assert [remark.reason.split("; ")[0] for remark in loaded.report.dropped] == [
        f"`{place}` leads out of `{tree.root / 'mine'}`" for place in ("../secret", away, "link")
    ]
    assert len(load("folder", tree.root / "mine", outside=True).clips) == 4


@pytest.mark.parametrize("kind", ["csv", "xlsx", "xls"])
def test_more_rows_than_any_sheet_has_are_refused(tree, kind, monkeypatch):
    monkeypatch.setattr(sheets_module, "ROWS", 50)
    rows = [("subject", "frames"), *[("anna", "a")] * 60]
    if kind == "csv":
        tree.file("metadata.csv", "\n".join(map(",".join, rows)).encode())
    else:
        getattr(tree, kind)(f"metadata.{kind}", {"a": rows})
    with pytest.raises(InputError, match="more than 50 rows"):
        read_sheets(tree.root / f"metadata.{kind}")


def test_a_file_that_unpacks_to_more_than_any_sheet_is_refused(tree, monkeypatch):
    tree.xlsx("metadata.xlsx", {"a": [("subject", "frames"), *[("anna", "a")] * 500]})
    monkeypatch.setattr(sheets_module, "LARGEST", 10_000)
    with pytest.raises(InputError, match="MiB, so it is no sheet of annotations"):
        read_sheets(tree.root / "metadata.xlsx")


def test_stray_cell_in_the_far_corner_costs_nothing(tree):
    tree.root.mkdir(parents=True)
    book = openpyxl.Workbook()
    book.active.append(["Subject", "Filename"])
    book.active["XFD1048576"] = "x"
    book.active.merged_cells.add("A1:XFD1048575")
    book.save(tree.root / "sheet.xlsx")
    (rows,) = read_sheets(tree.root / "sheet.xlsx").values()
    assert len(rows) == 1 and rows[0] == ("Subject",) * 256


def test_line_breaks_within_cells(tree):
    tree.file("metadata.csv", b'subject,frames,notes\nanna,a,"two\nlines"\nben,b,\n')
    (rows,) = read_sheets(tree.root / "metadata.csv").values()
    assert [row[0] for row in rows] == ["subject", "anna", "ben"]


@pytest.mark.parametrize("dataset, file", [("casme2", "CASME2-coding-20140508"), ("samm", "SAMM"), ("mmew", "MMEW")])
def test_negative_frames_are_told_and_the_rest_loads(dataset, file, tree):
    rows = [
        (1, "EP01", -3, 4, 9, "4", "fear"),
        (1, "EP02", 5, -1, 9, "4", "fear"),
        (1, "EP03", 5, 7, -1, "4", "fear"),
        (1, "EP04", 5, 7, 9, "4", "fear"),
    ]
    tree.xlsx(f"{file}.xlsx", {"a": [HEADER, *rows]})
    loaded = labels(dataset, tree)
    assert [(row["clip"], row["onset"], row["apex"], row["offset"]) for row in loaded.clips] == [
        ("EP02", 5, None, 9),
        ("EP03", 5, 7, None),
        ("EP04", 5, 7, 9),
    ]
    (dropped,) = loaded.report.dropped
    assert "EP01" in dropped.row and dropped.reason.startswith("the onset is `-3`, before the first frame; correct")
    assert [remark.reason for remark in loaded.report.mended] == [
        f"the {moment} is `-1`, before the first frame; it is left open" for moment in ("apex", "offset")
    ]


SOUND = [(1, "EP01", 46, 59, 86, "4+L10", "disgust"), (2, "EP02", 1, "/", 20, "12", "happiness")]
SETS = {"casme2": "CASME2-coding-20140508", "samm": "SAMM", "casme3": "casme3_table", "mmew": "MMEW", "4dme": "4DME"}


def split(separator):
    """The header with its words apart."""
    return tuple(name.replace("Frame", f"{separator}Frame").replace(" ", separator) for name in HEADER)


def with_cells(place, change):
    return [HEADER, *(tuple(change(cell) if at == place else cell for at, cell in enumerate(row)) for row in SOUND)]


WRITTEN = {
    "upper case": [tuple(name.upper() for name in HEADER), *SOUND],
    **{f"header with {separator!r}": [split(separator), *SOUND] for separator in (" ", "_", "-", "\n", "\u00a0")},
    "columns the other way round": [row[::-1] for row in (HEADER, *SOUND)],
    "columns between": [tuple(cell for name in row for cell in (name, "x")) for row in (HEADER, *SOUND)],
    "columns before": [(None, None, *row) for row in (HEADER, *SOUND)],
    "a title": [("made by two coders",), (), HEADER, *SOUND],
    "empty rows and a note": [HEADER, (), SOUND[0], (), (), SOUND[1], (), ("/ is unknown",)],
    "the header again": [HEADER, SOUND[0], HEADER, SOUND[1]],
    "text": [HEADER, *(tuple(map(str, row)) for row in SOUND)],
    "padding": [HEADER, *(tuple(f"\u00a0 {cell} " for cell in row) for row in SOUND)],
    "fractions": [HEADER, *(tuple(cell + 0.0 if isinstance(cell, int) else cell for cell in row) for row in SOUND)],
    "decimal commas": with_cells(2, "{},0".format),
}


@pytest.mark.parametrize("dataset", SETS)
@pytest.mark.parametrize("variant", WRITTEN)
def test_sheets_that_are_written_otherwise_load_alike(dataset, variant, tree):
    tree.xlsx(f"a/{SETS[dataset]}.xlsx", {"a": [HEADER, *SOUND]})
    tree.xlsx(f"b/{SETS[dataset]}.xlsx", {"a": WRITTEN[variant]})
    expected, found = (load(dataset, tree.root / place, pictures="none").clips.to_list() for place in "ab")
    assert len(found) == 2 and found == expected


@pytest.mark.parametrize(
    "encoding, separator, title",
    [
        *(("utf-8", separator, "") for separator in ",;\t|"),
        *((encoding, ",", "") for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030")),
        *(("utf-8", ";", title) for title in ("coded by a, b, c, d, e, f, g, h, i\n", "sep=;\n")),
    ],
)
def test_text_of_any_encoding_and_separator(encoding, separator, title, tree):
    rows = [HEADER, *with_cells(4, "{},0".format)[1:]] if separator == ";" else [HEADER, *SOUND]
    text = title + "\r\n".join(separator.join(map(str, row)) for row in rows)
    tree.file("CASME2-coding-20140508.csv", text.encode(encoding))
    assert labels("casme2", tree).clips["offset"][:] == [86, 20]


def test_a_workbook_by_another_name_is_read_and_one_of_another_program_named(tree):
    tree.xlsx("b/a.xlsx", {"a": [HEADER, *SOUND]})
    workbook = (tree.root / "b/a.xlsx").read_bytes()
    (tree.root / "b/a.xlsx").unlink()
    tree.file("CASME2-coding-20140508.ods", workbook)
    with pytest.raises(InputError, match="20140508.ods` is a spreadsheet that is not read; save it as .xlsx"):
        labels("casme2", tree)
    tree.file("CASME2-coding-20140508.xls", workbook)
    assert labels("casme2", tree).clips["offset"][:] == [86, 20]


@pytest.mark.parametrize(
    "cells, told",
    [
        (
            with_cells(2, lambda cell: date(2014, 5, 8)),
            r"EP01 \(row 2\): `onset` is `2014-05-08.*no number of a frame",
        ),
        (with_cells(2, lambda cell: "=1+1"), r"EP01 \(row 2\): there is no onset"),
        (with_cells(2, lambda cell: -4), r"EP01 \(row 2\): the onset is `-4`, before the first frame"),
        (with_cells(2, lambda cell: "1,030"), r"EP01 \(row 2\): `onset` is `1,030`, which is no number of a frame"),
        (
            with_cells(1, lambda cell: date(2014, 1, 2)),
            r"row 2 of .*: `filename` is the date .* write the name as text",
        ),
        (with_cells(0, lambda cell: time(1, 2)), "row 2 of .*: `subject` is the date or time `01:02:00`"),
        ([HEADER], "could be read; there is none under its header"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_row_and_column(cells, told, tree):
    tree.xlsx("CASME2-coding-20140508.xlsx", {"a": cells})
    with pytest.raises(InputError, match=told) as refused:
        labels("casme2", tree)
    assert "CASME2-coding-20140508.xlsx" in str(refused.value)

"""Pictures of a report: the same numbers give the same file."""

from matplotlib.text import Text
from PIL import Image

from micron_bert.evaluation.plots import draw_confusion, draw_report, draw_subjects
from micron_bert.pictures.figure import style

REPORT = {
    "labels": ["negative", "positive"],
    "multi_label": False,
    "oracle": False,
    "method": "μ-BERT runs/2026/best, fine-tuned",
    "protocol": "loso",
    "full": {"confusion_matrix": [[3, 1], [0, 4]], "uf1": {"mean": 0.87}},
    "subjects": {"casme2/s1": {"clips": 4, "right": 0.75}, "samm/s1": {"clips": 4, "right": 1.0}},
}


def test_same_report_same_pictures(tmp_path):
    drawn = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        drawn.append(draw_report(REPORT, tmp_path / name))
    assert [path.name for path in drawn[0]] == ["confusion.png", "subjects.png"]
    for one, two in zip(*drawn, strict=True):
        assert one.read_bytes() == two.read_bytes() and Image.open(one).width > 300


def test_action_units_have_no_confusion(tmp_path):
    assert [path.name for path in draw_report({**REPORT, "multi_label": True}, tmp_path)] == ["subjects.png"]


def test_names_are_those_that_people_use_and_can_be_read_in_print():
    with style():
        figures = [draw_confusion(REPORT), draw_subjects({**REPORT, "oracle": True})]
    for figure in figures:
        told = [text for text in figure.findobj(Text) if text.get_text()]
        assert figure.get_figwidth() == 3.5 and min(text.get_fontsize() for text in told) >= 7
        title = figure.get_suptitle()
        assert title.startswith("μ-BERT best, fine-tuned: ") and "leave one subject out" in title
    assert figures[1].get_suptitle().endswith("Oracle: epochs chosen on the test subjects")
    assert [text.get_text() for text in figures[1].legends[0].get_texts()] == ["CASME II", "SAMM"]


def test_kinds_of_files(tmp_path):
    drawn = draw_report(REPORT, tmp_path, ["pdf", "svg"])
    assert [path.name for path in drawn] == ["confusion.pdf", "confusion.svg", "subjects.pdf", "subjects.svg"]
    assert b"CASME II" in drawn[-1].read_bytes()

"""Pictures of a report: the same numbers give the same file."""

from PIL import Image

from micron_bert.evaluation.plots import draw_report

REPORT = {
    "labels": ["negative", "positive"],
    "multi_label": False,
    "oracle": False,
    "method": "majority",
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

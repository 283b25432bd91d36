"""The modules of `evaluate` say what the package says, offline."""

import doctest
from pathlib import Path

import evaluate
import numpy as np
import pytest

from micron_bert import metrics

FOLDER = Path(__file__).parents[2] / "hub" / "metric"


@pytest.fixture
def load(tmp_path):
    def load(name):
        return evaluate.load(str(FOLDER / name), cache_dir=str(tmp_path))

    return load


def test_au_f1(load):
    rng = np.random.default_rng(0)
    labels, predictions = (rng.random((2, 60, 5)) < 0.4).astype(int)
    source = ["casme", "samm"] * 30
    result = load("au_f1").compute(predictions=predictions, references=labels, source=source)
    aus, over_datasets = metrics.action_unit_averages(labels, predictions, source)
    assert result["aus_average"] == pytest.approx(aus, abs=1e-9)
    assert result["datasets_average"] == pytest.approx(over_datasets, abs=1e-9)
    np.testing.assert_allclose(result["by_unit"], metrics.action_unit_f1(labels, predictions), atol=1e-9)


def random_intervals(rng, count):
    onsets = rng.integers(0, 60, count)
    return [(int(onset), int(onset + rng.integers(3, 20))) for onset in onsets]


def test_spotting_f1(load):
    rng = np.random.default_rng(0)
    spotted = [random_intervals(rng, count) for count in (5, 0, 9, 3)]
    truth = [random_intervals(rng, count) for count in (4, 2, 6, 0)]
    result = load("spotting_f1").compute(predictions=spotted, references=truth)
    flat = [
        [metrics.VideoInterval("s", str(video), *pair) for video, pairs in enumerate(videos) for pair in pairs]
        for videos in (spotted, truth)
    ]
    expected = metrics.score_spotting(*flat)
    assert expected["hits"] > 0
    assert result.pop("spotting_f1") == pytest.approx(expected.pop("f1"), abs=1e-9)
    assert result == expected


@pytest.mark.parametrize("official", [False, True])
def test_strs(load, official):
    rng = np.random.default_rng(1)
    lists = []
    for videos in (("1", "2", "4"), ("1", "2", "3")):
        lists.append(
            [
                {"subject": video, "video": video, "onset": onset, "offset": offset, "emotion": "abc"[rng.integers(3)]}
                for video in videos
                for onset, offset in random_intervals(rng, 8)
            ]
        )
    module = load("strs")
    result = module.compute(predictions=lists[0], references=lists[1], official=official)
    intervals = [[metrics.VideoInterval(**one) for one in part] for part in lists]
    expected = metrics.spot_then_recognize(*intervals, official=official)
    assert expected["strs"] > 0
    assert result == {name: pytest.approx(expected[name], abs=1e-9) for name in result}
    assert module.compute(predictions=[], references=lists[1], official=official)["strs"] == 0


@pytest.mark.parametrize("module", sorted(FOLDER.glob("*/*.py")), ids=lambda path: path.stem)
def test_examples_print_what_they_say(module, load, monkeypatch):
    """They are what the cards show."""
    loaded = load(module.stem)
    monkeypatch.setattr(evaluate, "load", lambda name: {module.stem: loaded}[name])
    text = loaded.inputs_description
    examples = doctest.DocTestParser().get_doctest(text, {"evaluate": evaluate}, module.stem, str(module), 0)
    told = doctest.DocTestRunner(verbose=False).run(examples)
    assert told.attempted >= 2 and told.failed == 0


def test_modules_need_no_package_of_ours():
    for path in FOLDER.glob("*/*.py"):
        assert "import micron_bert" not in path.read_text() and "from micron_bert" not in path.read_text()


def test_me_vqa(load):
    from micron_bert.metrics.vqa import COARSE_QUESTION, FINE_QUESTION, score_answers

    questions = [COARSE_QUESTION, COARSE_QUESTION.upper(), FINE_QUESTION, "What are the action units?"]
    references = ["negative", "surprise", "anger", "brow lowerer, lid tightener"]
    predictions = ["negative", "the coarse class is positive", "fear", "brow lowerer"]
    result = load("me_vqa").compute(predictions=predictions, references=references, questions=questions)
    expected = score_answers(questions, references, predictions)
    assert set(result) == set(expected) - {"units_exact", "answers"} and 0 < result["uf1_coarse"] < 1
    for name, value in result.items():
        assert value == pytest.approx(expected[name], abs=1e-9), name

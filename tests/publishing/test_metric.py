"""Each metric is a repository of its own."""

import pytest

from micron_bert.publishing.card import checkout
from micron_bert.publishing.metric import metric_names, needed, snippet, stage_metric


def test_what_evaluate_has_is_left_to_it():
    assert metric_names() == ["au_f1", "me_vqa", "spotting_f1", "strs"]


@pytest.mark.parametrize("name", metric_names())
def test_every_metric_has_its_module_and_card(name, tmp_path):
    repository = stage_metric(f"lab/mb-{name}", name, tmp_path / "staged")
    assert {str(path) for path in repository.files()} == {f"mb-{name}.py", "README.md", "app.py", "requirements.txt"}
    card = (tmp_path / "staged" / "README.md").read_text()
    assert f'evaluate.load("lab/mb-{name}")' in card and "Args:" in card and "sdk: gradio" in card


def test_a_metric_asks_for_what_it_imports_and_no_more():
    hub = checkout() / "hub" / "metric"
    assert needed(hub / "strs" / "strs.py") == ["datasets", "evaluate", "numpy", "scikit-learn", "scipy"]
    assert {"nltk", "rouge-score", "sacrebleu"} <= set(needed(hub / "me_vqa" / "me_vqa.py"))


def test_an_example_becomes_lines_to_type():
    example = """
    >>> total = sum(
    ...     [1, 2],
    ... )
    >>> total
    3
    """
    assert snippet(example) == "total = sum(\n    [1, 2],\n)\ntotal\n# 3"

"""Cards from templates: a place that was forgotten is an error."""

import pytest
from huggingface_hub import SpaceCardData
from jinja2 import UndefinedError

from micron_bert.publishing.card import checkout, project_links, render

VALUES = {
    "name": "x",
    "description": "About.",
    "packages": ["evaluate"],
    "example": 'evaluate.load("org/x")',
    "inputs": "Args:",
    "citation": "",
    "version": "1",
}


def test_metadata_on_top_and_all_places_filled_in():
    text = render("metric/card.md", SpaceCardData(title="x", sdk="gradio"), **VALUES)
    assert text.startswith("---\ntitle: x\nsdk: gradio\n---\n") and 'evaluate.load("org/x")' in text


def test_a_place_left_empty_is_an_error():
    with pytest.raises(UndefinedError, match="version"):
        render("metric/card.md", SpaceCardData(title="x"), **{k: v for k, v in VALUES.items() if k != "version"})


def test_templates_are_in_the_checkout():
    assert (checkout() / "hub" / "model" / "card.md").is_file()


def test_addresses_of_the_project_are_those_of_pyproject(tmp_path, monkeypatch):
    monkeypatch.setattr("micron_bert.publishing.card.checkout", lambda: tmp_path)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert project_links() == {}
    (tmp_path / "pyproject.toml").write_text('[project.urls]\nRepository = "https://example.org/x"\n')
    assert project_links() == {"Repository": "https://example.org/x"}

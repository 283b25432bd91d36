"""Where the graphs of a model may go."""

import pytest

from micron_bert.errors import InputError
from micron_bert.onnx.record import FOLDER, check_folder


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def test_graphs_go_anywhere_new_and_into_the_models_own_folder_of_graphs(model, tmp_path):
    assert check_folder(model, tmp_path / "graphs") == tmp_path / "graphs"
    assert check_folder(str(model), f"{model}/{FOLDER}") == model / FOLDER
    assert check_folder("org/model", tmp_path / FOLDER) == check_folder(None, tmp_path / FOLDER) == tmp_path / FOLDER


def test_they_do_not_go_among_what_is_read_or_what_is_not_ours(model):
    for inside in (model, model / "graphs", model / FOLDER / "deeper"):
        with pytest.raises(InputError, match="name one outside"):
            check_folder(model, inside)
    (model / FOLDER).mkdir()
    (model / FOLDER / "mine.onnx").touch()
    with pytest.raises(InputError, match="holds something else"):
        check_folder(model, model / FOLDER)

"""The wheel in the model's repository is the package, and the same each time."""

import zipfile

import pytest

import micron_bert
from micron_bert.errors import InputError
from micron_bert.publishing.wheel import add_wheel


@pytest.mark.slow
def test_equal_sources_give_equal_wheels(tmp_path, monkeypatch):
    contents = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        wheel = folder / add_wheel(folder)
        contents.append(wheel.read_bytes())
    assert contents[0] == contents[1] and wheel.name == f"micron_bert-{micron_bert.__version__}-py3-none-any.whl"
    names = zipfile.ZipFile(wheel).namelist()
    assert {"micron_bert/checkpoints/tiny/model.safetensors", "micron_bert/ops/dma/__init__.py"} <= set(names)


def test_without_the_tools_it_is_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("micron_bert.publishing.wheel.PARTS", ("LICENSE",))  # nothing that could be built
    with pytest.raises(InputError, match="The package cannot be built .*setuptools") as refused:
        add_wheel(tmp_path)
    assert "\n" not in str(refused.value) and not list(tmp_path.iterdir())

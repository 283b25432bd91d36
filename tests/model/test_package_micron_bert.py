"""Remote code uses the installed package only where both are of one version, and says so where they are not."""

import importlib.util
import logging

import micron_bert
from micron_bert.model import package_micron_bert


def loaded_anew():
    """The module as code from the Hub is loaded: under another name."""
    spec = importlib.util.spec_from_file_location("remote_package_micron_bert", package_micron_bert.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_version_is_that_of_the_package():
    assert package_micron_bert.VERSION == micron_bert.__version__
    assert loaded_anew().align_clip is not None


def test_another_version_is_not_mixed_in(monkeypatch, caplog):
    monkeypatch.setattr(micron_bert, "__version__", "9.9.9")
    with caplog.at_level(logging.WARNING):
        module = loaded_anew()
    assert module.align_clip is None and module.open_video is None and module.diagonal_micro_attention is None
    assert len(caplog.records) == 1 and "9.9.9" in caplog.text and "pip install micron-bert==" in caplog.text

"""The pipeline's code travels with a recognition model."""

import re
from pathlib import Path

from micron_bert import MicronBertForVideoClassification
from micron_bert.model import pipeline_micron_bert
from micron_bert.model.saving_micron_bert import PIPELINE_FILES, TASK, copy_pipeline


def test_list_holds_all_that_the_pipeline_imports():
    room = Path(pipeline_micron_bert.__file__).parent
    needed, waiting = set(), ["pipeline_micron_bert.py"]
    while waiting:
        name = waiting.pop()
        needed.add(name)
        imported = {f"{sibling}.py" for sibling in re.findall(r"from\s+\.(\S+)\s+import", (room / name).read_text())}
        waiting += imported - needed
    assert needed == set(PIPELINE_FILES)


def test_a_saved_model_has_the_pipeline(mini_config, tmp_path):
    model = MicronBertForVideoClassification(mini_config)
    model.save_pretrained(tmp_path)
    assert all((tmp_path / name).is_file() for name in PIPELINE_FILES)
    assert set(model.config.custom_pipelines) == {TASK}


def test_other_processes_write_nothing(mini_config, tmp_path):
    MicronBertForVideoClassification(mini_config).save_pretrained(tmp_path, is_main_process=False)
    assert not list(tmp_path.glob("*.py"))


def test_a_folder_is_not_copied_onto_itself(tmp_path):
    room = Path(pipeline_micron_bert.__file__).parent
    before = {name: (room / name).read_text() for name in PIPELINE_FILES}
    copy_pipeline(room)
    assert before == {name: (room / name).read_text() for name in PIPELINE_FILES}

import subprocess
import sys

import pytest

CHECK = "AutoModel.from_config(AutoConfig.for_model('micron_bert', **{sizes})).config.image_size == 32 or exit(3)"
KNOWN = "from transformers.pipelines import check_task; check_task('micro-expression-recognition')"
SIZES = {"image_size": 32, "hidden_size": 32, "decoder_hidden_size": 32, "num_hidden_layers": 1}


@pytest.mark.parametrize(
    "imports",
    [
        "import micron_bert; micron_bert.register(); from transformers import AutoConfig, AutoModel",
        "from transformers import AutoConfig, AutoModel; import micron_bert; micron_bert.register()",
        "from micron_bert import MicronBertModel; from transformers import AutoConfig, AutoModel",
        "from micron_bert.model.modeling_micron_bert import MicronBertModel; from transformers import AutoConfig, AutoModel",  # noqa: E501
        "from micron_bert.checkpoints.convert import convert; from transformers import AutoConfig, AutoModel",
    ],
)
def test_one_call_or_any_model_class_makes_the_auto_classes_know(imports):
    known = KNOWN if "register" in imports else ""
    program = f"{imports}\n{CHECK.format(sizes=SIZES)}\n{known}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()


def test_package_and_light_rooms_do_not_load_torch():
    light = "import sys, micron_bert, micron_bert.cli.main, micron_bert.faces, micron_bert.labels.emotions"
    done = subprocess.run(
        [sys.executable, "-c", f"{light}; exit('torch' in sys.modules or 'transformers' in sys.modules)"]
    )
    assert done.returncode == 0

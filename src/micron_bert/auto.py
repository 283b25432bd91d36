"""Makes μ-BERT known to the Auto classes of Transformers, without importing Transformers before somebody else does."""

import importlib.util
import sys
from importlib.abc import MetaPathFinder

MODEL = "micron_bert.modeling_micron_bert"


def register():
    """Registers configuration, models and image processor with the Auto classes."""
    from transformers import (
        AutoConfig,
        AutoImageProcessor,
        AutoModel,
        AutoModelForPreTraining,
        AutoModelForVideoClassification,
    )

    from .configuration_micron_bert import MicronBertConfig
    from .image_processing_micron_bert import MicronBertImageProcessor
    from .modeling_micron_bert import MicronBertForPreTraining, MicronBertForVideoClassification, MicronBertModel

    AutoConfig.register(MicronBertConfig.model_type, MicronBertConfig, exist_ok=True)
    AutoModel.register(MicronBertConfig, MicronBertModel, exist_ok=True)
    AutoModelForPreTraining.register(MicronBertConfig, MicronBertForPreTraining, exist_ok=True)
    AutoModelForVideoClassification.register(MicronBertConfig, MicronBertForVideoClassification, exist_ok=True)
    AutoImageProcessor.register(
        MicronBertConfig, image_processor_classes={"pil": MicronBertImageProcessor}, exist_ok=True
    )


class _WhenLoaded(MetaPathFinder):
    """
    Calls `register` once Transformers is loaded: loading it takes seconds that `--help` should not cost.

    Where our own model is what loads Transformers, the model is half loaded at that moment, so `register` waits for
    it to finish.
    """

    def find_spec(self, name, path=None, target=None):
        if name not in ("transformers", MODEL):
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_then_register(module):
                load(module)
                if name == MODEL or not any(loaded.endswith("_micron_bert") for loaded in sys.modules):
                    sys.meta_path.remove(self)
                    register()

            spec.loader.exec_module = load_then_register
        return spec


def register_with_transformers():
    """Registers now if Transformers is loaded, else as soon as it is."""
    if "transformers" in sys.modules:
        register()
    else:
        sys.meta_path.insert(0, _WhenLoaded())

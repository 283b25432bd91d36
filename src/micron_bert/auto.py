"""Makes μ-BERT known to Transformers (Auto classes, pipeline), without importing it before somebody else does."""

import importlib.util
import sys
from importlib.abc import MetaPathFinder

MODEL = "micron_bert.modeling_micron_bert"
PIPELINE = "micron_bert.pipeline_micron_bert"


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


def register_pipeline():
    """Makes the pipeline known, whose file does it when it is loaded."""
    if PIPELINE not in sys.modules:
        importlib.import_module(PIPELINE)


class _WhenLoaded(MetaPathFinder):
    """
    Calls a function once one of some modules is loaded: loading Transformers takes seconds that `--help` should not
    cost.

    Where our own model is what loads Transformers, the model is half loaded at that moment, so `register` waits for
    it to finish.
    """

    def __init__(self, names, call):
        self.names, self.call = names, call

    def find_spec(self, name, path=None, target=None):
        if name not in self.names:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_then_call(module):
                load(module)
                if name != "transformers" or not any(loaded.endswith("_micron_bert") for loaded in sys.modules):
                    sys.meta_path.remove(self)
                    self.call()

            spec.loader.exec_module = load_then_call
        return spec


def register_with_transformers():
    """Registers now what Transformers has loaded, and the rest as soon as it is."""
    if "transformers" in sys.modules:
        register()
    else:
        sys.meta_path.insert(0, _WhenLoaded(("transformers", MODEL), register))
    if "transformers.pipelines" in sys.modules:
        register_pipeline()
    else:
        sys.meta_path.insert(0, _WhenLoaded(("transformers.pipelines",), register_pipeline))

"""Makes μ-BERT known to Transformers (Auto classes, pipeline), without importing it before somebody else does."""

import importlib.util
import sys
from importlib.abc import MetaPathFinder

PIPELINE = "micron_bert.model.pipeline_micron_bert"


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
    Calls a function once a module is loaded: loading Transformers takes seconds that `--help` should not cost.

    Where a file of our own is what loads Transformers, it is half loaded at that moment, so the call waits until it
    is whole.
    """

    def __init__(self, awaited: str, call):
        self.awaited, self.call = awaited, call

    def find_spec(self, name, path=None, target=None):
        if name != self.awaited and not _is_ours(name):
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_then_call(module):
                load(module)
                if self in sys.meta_path and self.awaited in sys.modules and not _half_loaded(module):
                    sys.meta_path.remove(self)
                    self.call()

            spec.loader.exec_module = load_then_call
        return spec


def _is_ours(name: str) -> bool:
    return name.startswith("micron_bert.") and name.endswith("_micron_bert")


def _half_loaded(last) -> list[str]:
    """Files of our own that are being loaded, other than the one that has just got to its end."""
    ours = [(name, module) for name, module in list(sys.modules.items()) if _is_ours(name) and module is not last]
    return [name for name, module in ours if getattr(module.__spec__, "_initializing", False)]


def register_with_transformers():
    """Registers now what Transformers has loaded, and the rest as soon as it is."""
    if "transformers" in sys.modules:
        register()
    else:
        sys.meta_path.insert(0, _WhenLoaded("transformers", register))
    if "transformers.pipelines" in sys.modules:
        register_pipeline()
    else:
        sys.meta_path.insert(0, _WhenLoaded("transformers.pipelines", register_pipeline))

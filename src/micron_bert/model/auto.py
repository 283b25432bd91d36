"""Makes μ-BERT known to Transformers: its Auto classes, and the pipeline."""


def register_classes() -> None:
    """Registers configuration, models and processors with the Auto classes; a second call changes nothing."""
    from transformers import (
        AutoConfig,
        AutoImageProcessor,
        AutoModel,
        AutoModelForPreTraining,
        AutoModelForVideoClassification,
    )

    # the name in `transformers` itself wants torchvision, which the class does not need
    from transformers.models.auto.video_processing_auto import AutoVideoProcessor

    from .configuration_micron_bert import MicronBertConfig
    from .image_processing_micron_bert import MicronBertImageProcessor
    from .modeling_micron_bert import MicronBertForPreTraining, MicronBertForVideoClassification, MicronBertModel
    from .video_processing_micron_bert import MicronBertVideoProcessor

    AutoConfig.register(MicronBertConfig.model_type, MicronBertConfig, exist_ok=True)
    AutoModel.register(MicronBertConfig, MicronBertModel, exist_ok=True)
    AutoModelForPreTraining.register(MicronBertConfig, MicronBertForPreTraining, exist_ok=True)
    AutoModelForVideoClassification.register(MicronBertConfig, MicronBertForVideoClassification, exist_ok=True)
    AutoImageProcessor.register(
        MicronBertConfig, image_processor_classes={"pil": MicronBertImageProcessor}, exist_ok=True
    )
    # "torchvision" is the only backend that Transformers asks for
    AutoVideoProcessor.register(
        MicronBertConfig, video_processor_classes={"torchvision": MicronBertVideoProcessor}, exist_ok=True
    )
    # it registers itself, as it may be just what is being imported
    from . import contrastive_micron_bert  # noqa: F401


def register_pipeline() -> None:
    """Makes `transformers.pipeline` know `micro-expression-recognition`."""
    from .pipeline_micron_bert import register

    register()

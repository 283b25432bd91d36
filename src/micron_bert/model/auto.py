"""Makes μ-BERT known to Transformers: its Auto classes, and the pipeline."""


def register_classes() -> None:
    """Registers configuration, models and image processor with the Auto classes; a second call changes nothing."""
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


def register_pipeline() -> None:
    """Makes `transformers.pipeline` know `micro-expression-recognition`."""
    from .pipeline_micron_bert import register

    register()

"""
μ-BERT's models by the names that Transformers knows; each class has a file of its own.

Importing this file makes the Auto classes know them.
"""

from importlib import import_module

from .embeddings_micron_bert import sine_cosine_positions
from .encoder_micron_bert import MicronBertModel
from .outputs_micron_bert import MicronBertEncodedFrames
from .pretrained_model_micron_bert import MicronBertPreTrainedModel
from .pretraining_micron_bert import MicronBertForPreTraining
from .video_classification_micron_bert import MicronBertForVideoClassification

# every folder carries the whole map, so that it loads through each Auto class without the package
AUTO_MAP = {
    "AutoConfig": "configuration_micron_bert.MicronBertConfig",
    "AutoModel": "encoder_micron_bert.MicronBertModel",
    "AutoModelForPreTraining": "pretraining_micron_bert.MicronBertForPreTraining",
    "AutoModelForVideoClassification": "video_classification_micron_bert.MicronBertForVideoClassification",
}

if __package__ == "micron_bert.model":  # for a copy on the Hub, `auto_map` does it
    import_module(".auto", __package__).register_classes()

__all__ = [
    "AUTO_MAP",
    "MicronBertEncodedFrames",
    "MicronBertForPreTraining",
    "MicronBertForVideoClassification",
    "MicronBertModel",
    "MicronBertPreTrainedModel",
    "sine_cosine_positions",
]

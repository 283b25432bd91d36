"""
Micro-expressions with μ-BERT: model, faces, synthesis, training and recognition.

Importing the package is light: names are loaded when they are used, so that the rooms that need no torch stay so. One
plain call, `micron_bert.register()`, makes the Auto classes and `pipeline` of Transformers know μ-BERT.
"""

from importlib import import_module

from .errors import InputError, NoFaceError

__version__ = "0.1.0"

_HOMES = {
    "MicronBertConfig": "model.configuration_micron_bert",
    "MicronBertEncodedFrames": "model.modeling_micron_bert",
    "MicronBertForContrastiveLearning": "model.contrastive_micron_bert",
    "MicronBertForPreTraining": "model.modeling_micron_bert",
    "MicronBertForVideoClassification": "model.modeling_micron_bert",
    "MicronBertImageProcessor": "model.image_processing_micron_bert",
    "MicronBertModel": "model.modeling_micron_bert",
    "MicronBertVideoProcessor": "model.video_processing_micron_bert",
}

__all__ = ["InputError", "NoFaceError", "register", *_HOMES]


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module(".model.auto", __name__).register_classes()
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__():
    return sorted([*globals(), *_HOMES])


def register() -> None:
    """
    Makes `AutoModel.from_pretrained`, its siblings, and `pipeline("micro-expression-recognition")` know μ-BERT.

    Loads torch and Transformers, which takes some seconds. Importing any model class registers the Auto classes too.
    """
    from .model.auto import register_classes, register_pipeline

    register_classes()
    register_pipeline()


def recognize_film(runtime, source, **options):
    """
    The answer to a film by a model that is loaded already; how a model's own code from the Hub uses the package.

    Args:
        runtime ([`~micron_bert.model.recognizer_micron_bert.Runtime`]): the model, with a course head.
        source: what [`~micron_bert.video.reader.open_video`] takes.
        options: what [`~micron_bert.spotting.Spotter.recognize`] takes.

    Returns:
        `tuple[Recognition, dict]`: the answer, and its record as in `result.json`.

    Raises:
        [`InputError`]: as [`~micron_bert.spotting.Spotter.recognize`].
    """
    from .recognition.recognizer import Recognizer
    from .recognition.report import to_json
    from .spotting.spotter import Spotter

    recognition = Spotter(Recognizer(runtime)).recognize(source, **options)
    return recognition, to_json(recognition)

"""Names of the classes and of the emotions that the annotation sheets use."""

LABELS = ("negative", "positive", "surprise", "none")

# the three classes of the MEGC 2019 composite; `none` is a face without any expression
EMOTION_LABELS = {
    "anger": "negative",
    "contempt": "negative",
    "disgust": "negative",
    "fear": "negative",
    "repression": "negative",
    "sadness": "negative",
    "happiness": "positive",
    "surprise": "surprise",
    "none": "none",
}
EMOTIONS = tuple(EMOTION_LABELS)


def label_of(emotion: str) -> int:
    """Index into `LABELS` of one of `EMOTIONS`."""
    return LABELS.index(EMOTION_LABELS[emotion])

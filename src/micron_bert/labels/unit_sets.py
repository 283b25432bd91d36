"""Which action units the field's emotions and classes show."""

# After the annotation sheets of CASME II, SAMM and CAS(ME)^3, the combinations of MiE-X (arXiv 2112.01730), and for
# the objective classes Davison et al. (2018), table 2, as far as the units are modelled.
EMOTIONS = {
    "anger": ("4 7", "4 7 23", "4 23", "7"),
    "contempt": ("14", "14 17"),
    "disgust": ("9", "10", "4 7 9", "4 7 10", "4 9", "9 17", "9 10 17"),
    "fear": ("20", "5 20 25", "20 25 26"),
    "repression": ("17", "15", "15 17"),
    "sadness": ("1", "1 4", "1 4 15"),
    "happiness": ("12", "6 12", "6 12 25"),
    "surprise": ("1 2", "2", "5", "1 2 5", "1 2 25 26"),
}
NEGATIVE = ("anger", "contempt", "disgust", "fear", "repression", "sadness")


def _all(*emotions: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(units for emotion in emotions for units in EMOTIONS[emotion]))


BY_NAME = {
    "three": {
        "negative": (*_all(*NEGATIVE), "4"),
        "positive": EMOTIONS["happiness"],
        "surprise": EMOTIONS["surprise"],
    },
    "five": {
        "disgust": (*EMOTIONS["disgust"], "4 7", "4"),
        "happiness": EMOTIONS["happiness"],
        "repression": EMOTIONS["repression"],
        "surprise": EMOTIONS["surprise"],
        "fear": EMOTIONS["fear"],
    },
    "seven": {
        "happy": EMOTIONS["happiness"],
        "surprise": EMOTIONS["surprise"],
        "sad": EMOTIONS["sadness"],
        "disgust": EMOTIONS["disgust"],
        "fear": EMOTIONS["fear"],
        "anger": EMOTIONS["anger"],
        "contempt": EMOTIONS["contempt"],
    },
    "eight": EMOTIONS,
    "objective": {
        "I": ("6", "12", "6 12", "6 7 12", "7 12"),
        "II": ("1 2", "5", "25", "1 2 25", "25 26", "5 24"),
        "III": ("23", "4", "4 7", "4 5", "4 5 7", "17 24", "4 6 7"),
        "IV": ("10", "9", "4 9", "4 7 9", "4 9 17", "4 7 10", "4 5 7 9", "7 10"),
        "V": ("1", "15", "1 4", "6 15", "15 17"),
    },
}

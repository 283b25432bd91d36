import pytest

from micron_bert.errors import InputError
from micron_bert.questions.question import (
    CLASS_SHOWN,
    COARSE,
    COUNT,
    DETECTED,
    DISTINCT_UNITS,
    EVENT_TYPE,
    FINE,
    TEMPLATES,
    UNIT_SHOWN,
    UNIT_SIDE,
    UNITS,
    UNITS_AND_CLASSES,
    WHEN,
    WHERE,
    understand,
)

FREE = {
    "Which action units are active?": UNITS,
    "which AUs can you see in this clip": UNITS,
    "Waht are the actoin units?": UNITS,
    "List the facial muscles that moved": UNITS,
    "Tell me the AUs, please": UNITS,
    "What is the action unit?": UNITS,
    "Is AU4 present?": UNIT_SHOWN,
    "Does the person show a brow lowerer?": UNIT_SHOWN,
    "Can you see the lip corner puler?": UNIT_SHOWN,
    "is action unit 12 active in the video": UNIT_SHOWN,
    "Is the inner brow raiser visible on his face?": UNIT_SHOWN,
    "On which side is the dimpler?": UNIT_SIDE,
    "Is AU12 on the left or on the right?": UNIT_SIDE,
    "Is the lip corner puller unilateral?": UNIT_SIDE,
    "What's the coarse class of this expression?": COARSE,
    "Is the expression positive, negative or surprise?": COARSE,
    "what is the coarse-grained expresion class": COARSE,
    "Which emotion is shown?": FINE,
    "What is the fine grained class?": FINE,
    "Name the specific emotion on her face": FINE,
    "What emotoin does the subject express?": FINE,
    "Is the person happy?": CLASS_SHOWN,
    "What are the AUs, and based on them the fine and coarse class?": UNITS_AND_CLASSES,
    "How many microexpressions occur in the film?": COUNT,
    "What is the number of macro-expressions?": COUNT,
    "What kind of expression is the third one?": EVENT_TYPE,
    "Is the second event a micro- or a macro-expression?": EVENT_TYPE,
    "Which different action units appear in the whole video?": DISTINCT_UNITS,
    "Does the clip contain any micro-expression?": DETECTED,
    "When does the micro-expression begin?": WHEN,
    "In which region of the face is the movement strongest?": WHERE,
}
OFF_TOPIC = (
    "What is the weather like today?",
    "Is the person lying?",
    "How old is the woman in the video?",
    "Who is the president of France?",
    "What colour is her hair?",
    "Write me a poem about the sea",
    "Is he guilty?",
    "How many people live in Berlin?",
    "What is the person thinking?",
    "Can you recommend a good restaurant?",
    "Is the subject depressed?",
    "asdf qwer zxcv",
)
FOREIGN = ("Welche Action Units sind zu sehen?", "Quelles sont les unités d'action?", "有哪些面部动作单元？")


def form_of(text):
    try:
        return understand(text).form
    except InputError:
        return "refused"


@pytest.mark.parametrize("form, template", TEMPLATES.items())
def test_the_challenges_own_questions(form, template):
    assert form_of(template) == form


def test_free_wordings_are_matched():
    wrong = {text: form_of(text) for text, form in FREE.items() if form_of(text) != form}
    assert len(FREE) >= 30 and len(FREE) - len(wrong) >= 27, wrong


@pytest.mark.parametrize("text", OFF_TOPIC)
def test_what_was_not_measured_is_refused_in_a_sentence(text):
    with pytest.raises(InputError) as caught:
        understand(text)
    assert "\n" not in str(caught.value) and "What are the action units?" in str(caught.value)


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_are_refused(text):
    with pytest.raises(InputError, match="ask in English"):
        understand(text)


def test_slots_are_filled():
    assert understand("Is the action unit lip stretcher located on the left or right face?").units == ("20",)
    assert understand("Are AU6 and AU12 both shown?").units == ("6", "12")
    assert understand("How many macro-expressions are there?").kind == "macro"
    assert understand("What type is the last expression?").ordinal == -1
    assert understand("Is the expression negative?").label == "negative"
    assert understand("Does she look surprised?").label == "surprise"
    with pytest.raises(InputError, match="is empty"):
        understand("  ")

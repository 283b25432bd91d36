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
# polite, short, passive, misspelt, with other verbs
MORE = {
    "Would you kindly list the AUs?": UNITS,
    "Which muscles were contracted?": UNITS,
    "AUs?": UNITS,
    "What facial action units have been activated by the subject?": UNITS,
    "Wich acton units can be seen on the face": UNITS,
    "May I ask which action units were detected, please?": UNITS,
    "Is the lip corner depressor being displayed?": UNIT_SHOWN,
    "Did AU 17 fire?": UNIT_SHOWN,
    "Was the chin raised?": UNIT_SHOWN,
    "Any sign of a nose wrinkler?": UNIT_SHOWN,
    "Has the upper lid been raised?": UNIT_SHOWN,
    "Do you see AU6 and AU12?": UNIT_SHOWN,
    "is ther a cheek rasier": UNIT_SHOWN,
    "AU14: left or right?": UNIT_SIDE,
    "On what side of the face can the outer brow raiser be found?": UNIT_SIDE,
    "Is AU2 bilateral?": UNIT_SIDE,
    "Could you tell me the coarse category, please?": COARSE,
    "Positive or negative?": COARSE,
    "What's the valence?": COARSE,
    "How would you categorise the emotion precisely?": FINE,
    "Which feeling is being expressed by her?": FINE,
    "Emotion?": FINE,
    "Does he look angry to you?": CLASS_SHOWN,
    "Is sadness shown?": CLASS_SHOWN,
    "Please state the action units and then the coarse and fine classes": UNITS_AND_CLASSES,
    "How often do micro expressions occur?": COUNT,
    "Count the macro expressions": COUNT,
    "Was the first one a micro or a macro expression?": EVENT_TYPE,
    "List all distinct AUs over the entire film": DISTINCT_UNITS,
    "Were any micro-expressions found?": DETECTED,
    "Is any facial expression visible?": DETECTED,
    "At what time does the expression peak?": WHEN,
    "How long does the microexpression take?": WHEN,
    "Which part of the face moved?": WHERE,
    "whereabouts on the face was the movment?": WHERE,
    "Are the brows lowered?": UNIT_SHOWN,
    "Does he lower his eyebrows?": UNIT_SHOWN,
    "Are the lips pressed together?": UNIT_SHOWN,
    "Did she wrinkle her nose?": UNIT_SHOWN,
    "Are the lids tightened?": UNIT_SHOWN,
    "Was the jaw dropped?": UNIT_SHOWN,
    "Has anybody raised the cheeks?": UNIT_SHOWN,
    "Are the inner brows being raised?": UNIT_SHOWN,
    "I'd like the action units": UNITS,
    "Give the FACS codes": UNITS,
    "Which AUs, mate?": UNITS,
    "Would you be so kind as to say which action units are shown?": UNITS,
    "Any microexpressions in there?": DETECTED,
    "Was a micro-expression spotted?": DETECTED,
    "How many macros?": COUNT,
    "Total number of expressions?": COUNT,
    "What sort of expression was the last one?": EVENT_TYPE,
    "Fine class?": FINE,
    "coarse clas?": COARSE,
    "Name all unique action units of this video": DISTINCT_UNITS,
    "When did it end?": WHEN,
    "At which frame is the apex?": WHEN,
    "Where on the face is it?": WHERE,
    "Is this surprise?": CLASS_SHOWN,
    "Is it a contemptuous look?": CLASS_SHOWN,
    "Was the emotion disgust?": CLASS_SHOWN,
    "What emotion is displayed?": FINE,
    "What's the specific feeling?": FINE,
    "Which side does AU10 appear on?": UNIT_SIDE,
    "Which of the action units are on?": UNITS,
    "Do tell me which facial muscles were used": UNITS,
    "please list action-units": UNITS,
    "what AU's do you detect": UNITS,
    "Action units of the subject?": UNITS,
    "whcih muscels moved": UNITS,
    "Is there an AU 9 in this?": UNIT_SHOWN,
    "Can a lid tightener be recognised?": UNIT_SHOWN,
    "Was AU15 engaged by the participant?": UNIT_SHOWN,
    "brow lowerer yes or no?": UNIT_SHOWN,
    "Are his lip corners depressed?": UNIT_SHOWN,
    "Has the nose been wrinkled?": UNIT_SHOWN,
    "Is the dimpler one-sided?": UNIT_SIDE,
    "Left or right lip corner puller?": UNIT_SIDE,
    "Which half of the face shows the cheek raiser?": UNIT_SIDE,
    "Classify the emotion coarsely": COARSE,
    "Is the valence negative or positive?": COARSE,
    "Could it be classed as negative?": CLASS_SHOWN,
    "What would you call this emotion?": FINE,
    "which precise emotion was felt": FINE,
    "Would you say that she is disgusted?": CLASS_SHOWN,
    "Do you think it's fear?": CLASS_SHOWN,
    "Based on the action units, what are the coarse and fine emotions?": UNITS_AND_CLASSES,
    "How many micro expressions did you count?": COUNT,
    "what is the amount of macro expressions": COUNT,
    "Of which type is expression number 2?": EVENT_TYPE,
    "Is the last expression macro or micro?": EVENT_TYPE,
    "Which unique muscles move throughout the recording?": DISTINCT_UNITS,
    "Is a facial movement present?": DETECTED,
    "Could you find any micro-expression, please?": DETECTED,
    "When is the onset?": WHEN,
    "From which second to which second does it last?": WHEN,
    "In what area does the face move the most?": WHERE,
    "Run me through the AUs that fired": UNITS,
    "Could you enumerate every facial action unit you picked up?": UNITS,
    "Which muscular actions took place?": UNITS,
    "Anything going on with AU 7?": UNIT_SHOWN,
    "Is she frowning?": UNIT_SHOWN,
    "Did he smile?": UNIT_SHOWN,
    "Is he pulling his lip corners up?": UNIT_SHOWN,
    "Did the participant part her lips?": UNIT_SHOWN,
    "Was there any activity in the lid tightener?": UNIT_SHOWN,
    "Does AU 6 only occur on one side?": UNIT_SIDE,
    "Is the nose wrinkler stronger on the left?": UNIT_SIDE,
    "Is the brow lowered on the left, the right or both sides?": UNIT_SIDE,
    "Would an annotator label this as negative, positive or surprise?": COARSE,
    "What emotion would you assign to this clip?": FINE,
    "To which of the eight emotions does this belong?": FINE,
    "Is there a hint of anger in her face?": CLASS_SHOWN,
    "Does this count as disgust?": CLASS_SHOWN,
    "How frequently does the person show a micro-expression?": COUNT,
    "Have you counted more than one micro-expression?": COUNT,
    "At which timestamp does the expression reach its maximum?": WHEN,
    "How much time passes between onset and offset?": WHEN,
    "Does anything move in this face at all?": DETECTED,
    "Could you confirm that an expression took place?": DETECTED,
    "Which facial areas are affected by the movement?": WHERE,
    "Was the upper or the lower face involved?": WHERE,
    "How many different action units do you see?": DISTINCT_UNITS,
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
    "What time is it in Tokyo?",
    "Should I hire this candidate?",
    "Does she love me?",
    "Is this video a deepfake?",
    "What did he have for breakfast?",
    "Which camera was used?",
    "Is the suspect a criminal?",
    "Translate this sentence into Latin",
    "What is two plus two?",
    "How tall is the man on the left side?",
    "Who is this person?",
    "Is it going to rain on the second of May?",
    "How much does a camera cost?",
    "Is the film any good?",
    "Did he steal the money?",
    "Is her nose big?",
    "Which team won on Sunday?",
    "What is the capital of Canada?",
    "Where does she live?",
    "When was this video recorded?",
    "Is he a good person?",
    "Count to ten",
    "What is his name?",
    "Does the face look trustworthy?",
    "Are you happy?",
    "Is the face wearing make-up?",
    "What's for dinner?",
    "Can I trust him?",
    "Which brand is her shirt?",
    "Does he have a job?",
    "How heavy is the person?",
    "Is the moon full?",
    "Tell me about yourself",
    "What is the meaning of life?",
    "Is the baby hungry?",
    "How many teeth are visible?",
    "Which language is she speaking?",
    "Is this woman married?",
    "Does the face belong to a celebrity?",
    "How many frames per second does the video have?",
    "Is the person wearing a mask?",
    "What did she say in the last second?",
    "Is he nervous about the exam?",
    "Would he make a good leader?",
    "Which micro-controller is in the camera?",
    "Is there a dog in the picture?",
    "What is the sum of the action figures on the shelf?",
    "Which actions did the police take?",
    "Is he moving house?",
    "Did they raise the rent?",
)
FOREIGN = {
    "Welche Action Units sind zu sehen?": "German",
    "Wie viele Mikroexpressionen gibt es?": "German",
    "Quelles sont les unités d'action?": "French",
    "Combien de micro-expressions y a-t-il ?": "French",
    "¿Qué unidades de acción se ven?": "Spanish",
    "¿Hay una microexpresión?": "Spanish",
    "Quali unità di azione sono visibili?": "Italian",
    "Welke emotie toont hij?": "Dutch",
    "Is er een micro-expressie te zien?": "Dutch",
    "Hvilke action units vises i ansigtet?": "Danish or Norwegian",
    "Vilka ansiktsuttryck syns?": "Swedish",
    "Quais emoções aparecem?": "another language",
    "Jakie jednostki ruchu są widoczne?": "another language",
    "Hangi eylem birimleri görülüyor?": "another language",
    "Где двигалось лицо?": "another language",
    "有哪些面部动作单元？": "another language",
}


def form_of(text):
    try:
        return understand(text).form
    except InputError:
        return "refused"


@pytest.mark.parametrize("form, template", TEMPLATES.items())
def test_the_challenges_own_questions(form, template):
    assert form_of(template) == form


@pytest.mark.parametrize("text, form", (FREE | MORE).items())
def test_free_wordings_are_matched(text, form):
    assert form_of(text) == form


@pytest.mark.parametrize(
    "text, unit",
    [
        ("Are the brows lowered?", "4"),
        ("Does she lower her eyebrows?", "4"),
        ("Has the upper lid been raised?", "5"),
        ("Is the upper lip raised?", "10"),
        ("Did he wrinkle his nose?", "9"),
        ("Are the lips pressed together?", "24"),
        ("Was the jaw dropped?", "26"),
    ],
)
def test_what_is_done_to_a_part_of_the_face_names_the_unit(text, unit):
    assert understand(text).units == (unit,)


@pytest.mark.parametrize("text", OFF_TOPIC)
def test_what_was_not_measured_is_refused_in_a_sentence(text):
    with pytest.raises(InputError) as caught:
        understand(text)
    assert "\n" not in str(caught.value) and "What are the action units?" in str(caught.value)


@pytest.mark.parametrize("text, language", FOREIGN.items())
def test_other_languages_are_refused(text, language):
    with pytest.raises(InputError, match=f"seems to be in {language}; ask in English") as caught:
        understand(text)
    assert "\n" not in str(caught.value)


def test_slots_are_filled():
    assert understand("Is the action unit lip stretcher located on the left or right face?").units == ("20",)
    assert understand("Are AU6 and AU12 both shown?").units == ("6", "12")
    assert understand("How many macro-expressions are there?").kind == "macro"
    assert understand("What type is the last expression?").ordinal == -1
    assert understand("Is the expression negative?").label == "negative"
    assert understand("Does she look surprised?").label == "surprise"
    with pytest.raises(InputError, match="is empty"):
        understand("  ")

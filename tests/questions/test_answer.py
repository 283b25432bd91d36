import pytest

from micron_bert.questions.answer import Measured, answer
from micron_bert.questions.question import NoAnswer, understand


def said(recognition, question, assumed=False):
    return answer(understand(question), Measured(recognition, assumed))


@pytest.mark.parametrize(
    "question, expected",
    [
        ("What is the coarse expression class?", "negative"),
        ("What is the fine-grained expression class?", "anger"),
        ("What are the action units?", "brow lowerer, lid tightener"),
        ("Is the action unit brow lowerer shown on the face?", "yes"),
        ("Is the action unit lip corner puller shown on the face?", "no"),
        ("Is the action unit lid tightener located on the left or right face?", "left"),
        (
            "What are the action units present, and based on them, what is the fine-grained expression and the coarse "
            "expression class?",
            "The action units present are: brow lowerer, lid tightener. Therefore, the fine-grained expression class "
            "is anger, and the coarse expression class is negative.",
        ),
        ("How many micro-expressions are there?", "1"),
        ("How many expressions are there in total?", "2"),
        ("What type is the second expression?", "macro-expression"),
        ("Which distinct action units occur in the video?", "brow lowerer, cheek raiser, lid tightener, "
         "lip corner puller"),
        ("Is there a micro-expression?", "yes"),
        ("When does the first expression start?", "0.40 s to 0.80 s, strongest at 0.56 s"),
        ("Where did the face move?", "brows"),
        ("Is the expression positive?", "no"),
    ],
)  # fmt: skip
def test_a_film_with_expressions(film, question, expected):
    given = said(film, question)
    assert given.text == expected
    assert "micro-expression found" in given.evidence["detection"]
    assert any("onset frame 10" in moment for moment in given.evidence["seen from"])


def test_the_evidence_is_what_was_measured(film):
    assert said(film, "What are the action units?").evidence["units"] == [
        "AU4 brow lowerer, both, .91", "AU7 lid tightener, left, .72",
    ]  # fmt: skip
    assert "AU12 lip corner puller, both, .06" in str(said(film, "Is AU12 shown?"))


@pytest.mark.parametrize(
    "question, expected",
    [
        ("What is the coarse expression class?", "none"),
        ("What are the action units?", "none"),
        ("Is AU4 shown?", "no"),
        ("How many micro-expressions are there?", "0"),
        ("Is there a micro-expression?", "no"),
    ],
)
def test_a_film_without_expressions_is_told_nothing_of(resting, question, expected):
    given = said(resting, question)
    assert given.text == expected and "no micro-expression found" in given.evidence["detection"]


def test_where_an_expression_is_assumed_the_likeliest_is_named(resting):
    assert said(resting, "What is the coarse expression class?", True).text == "negative"
    assert said(resting, "What are the action units?", True).text == "brow lowerer, lid tightener"
    assert "assumed" in said(resting, "What are the action units?", True).evidence


def test_what_was_not_measured_is_refused(film, pair):
    with pytest.raises(NoAnswer, match="Nothing was measured about AU27"):
        said(film, "Is AU27 shown?")
    with pytest.raises(NoAnswer, match="no expression number 5: 2 found"):
        said(film, "What type is the fifth expression?")
    with pytest.raises(NoAnswer, match="Two frames do not tell how many"):
        said(pair, "How many micro-expressions are there?")
    assert said(pair, "What are the action units?").text == "brow lowerer, lid tightener"

"""The words that questions are made of: what each is about, and which spelling was meant."""

import re
from difflib import get_close_matches

# what a word is about; the matching of questions knows these topics and nothing else
TOPICS = {
    "unit": "action unit units au aus muscle muscles facs muscular",
    "shown": "shown show shows showing present visible active activated activation appear appears appearing occur "
    "occurs occurring seen see detected contracted engaged exhibited displayed moving moved move moves evident",
    "side": "side sides left right unilateral bilateral symmetric asymmetric symmetrical asymmetrical onesided half",
    "coarse": "coarse coarsely coarsegrained valence polarity",
    "polarity": "positive negative",
    "fine": "fine finegrained emotion emotions emotional specific precise feeling felt mood detailed",
    "class": "class category label classification type kind sort name classify classified categorised categorized",
    "count": "many number count total amount often times",
    "micro": "micro microexpression microexpressions microexpressive",
    "macro": "macro macroexpression macroexpressions regular normal ordinary",
    "expression": "expression expressions event events movement movements moment moments facial interval intervals me "
    "mes",
    "distinct": "distinct different unique various all every which list name overall",
    "when": "when time onset apex offset begin begins beginning start starts end ends peak peaks second seconds frame "
    "frames long last lasts duration",
    "where": "where region area part place location located",
}
ORDINALS = {
    "first": 1, "1st": 1, "initial": 1, "earliest": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4,
    "4th": 4, "fifth": 5, "5th": 5, "sixth": 6, "6th": 6, "seventh": 7, "7th": 7, "eighth": 8, "8th": 8, "ninth": 9,
    "9th": 9, "tenth": 10, "10th": 10, "last": -1, "final": -1, "latest": -1,
}  # fmt: skip
EMOTIONS = {
    "happiness": "happiness happy joy joyful smiling amused amusement pleased",
    "surprise": "surprise surprised astonished",
    "fear": "fear fearful afraid scared",
    "disgust": "disgust disgusted",
    "anger": "anger angry",
    "sadness": "sadness sad unhappy",
    "repression": "repression repressed suppressed suppression",
    "contempt": "contempt contemptuous",
}
# what says nothing about the topic but belongs to a question about a face
FILLERS = """
a an the is are was were be been being do does did can could would will you me i we us it its they them this that these
those there here what which who whose how why of on in at by for from to with within during and or if based upon as
please tell say give describe identify report determine find name recognise recognize assess any some one two
she he her him hers someone anyone face faces person persons subject subjects individual man woman participant
clip video film footage sequence recording
picture pictures image images his her their my your therefore then also only just exactly both clearly really actually
has have had let know want think question answer about into out up down over between most strongest main dominant
predominant overall according displaying observe observed observable happening happens happen use used using brief
short subtle so well thing things whole entire yes no not kindly check whether appear look looks like express expressed
expresses expressing s
""".split()
# close to the matter, but nothing that was measured can answer it
REFUSED = """
lie lies lying liar deceive deceived deception deceptive honest honesty truth truthful guilty guilt innocent trust
trustworthy thinking thought thoughts believe intend intention intentions personality character intelligent age
old young gender sex male female race ethnicity ethnic nationality identity beautiful attractive ugly depressed
depression autism autistic ill illness sick disease diagnose diagnosis pain stress stressed anxious anxiety drunk tired
weather capital president price stock recipe cook joke poem story song code program password football movie country
city wearing clothes hair glasses beard colour color background
""".split()
# words of other languages that no English question has
FOREIGN = {
    "German": "welche welcher welches sind ist wie viele der die das und nicht auf gesicht zeigt wird werden ein eine",
    "French": "quelle quelles quels quel sont est combien les des une dans visage y-a-t-il montre sur le la du",
    "Spanish": "cual cuales cuáles cuántas cuantas son está hay los las una cara rostro muestra el que qué",
    "Italian": "quali quale quante sono gli una viso volto mostra nel della che",
    "Portuguese": "quais qual quantas são há uma rosto mostra na do da",
    "Dutch": "welke zijn hoeveel het een gezicht toont van de",
}
ENGLISH = frozenset(
    "is are was were the what which how many does do did there of and on in can tell when where".split()
)
KNOWN = frozenset(FILLERS) | {word for words in (*TOPICS.values(), *EMOTIONS.values()) for word in words.split()}
KNOWN |= frozenset(ORDINALS) | frozenset(REFUSED)
SPELLABLE = sorted(word for word in KNOWN if len(word) > 3)
ALIKE = 0.75


def words_of(question: str) -> list[str]:
    """The words in lower case; `fine-grained` and `micro-expression` are one each."""
    text = question.lower().replace("’", "'").replace("'s", " s")
    text = re.sub(r"\b(fine|coarse|one)[-\s](grained|sided)\b", r"\1\2", text)
    text = re.sub(r"\b(micro|macro)[-\s]?(expression)", r"\1\2", text)
    return re.findall(r"[^\W_]+", text)


def spelt(word: str) -> str | None:
    """The known word that was meant; `None` where there is none near enough."""
    if word in KNOWN or word.isdigit():
        return word
    close = get_close_matches(word, SPELLABLE, 1, ALIKE) if len(word) > 3 else []
    return close[0] if close else None


def foreign_language(question: str) -> str | None:
    """The language of a question that is not English, as far as its small words tell; `"another language"` else."""
    letters = [sign for sign in question if sign.isalpha()]
    if letters and sum(ord(sign) > 0x24F for sign in letters) > 0.2 * len(letters):
        return "another language"
    words = set(re.findall(r"[\w-]+", question.lower()))
    if words & ENGLISH:
        return None
    votes = {language: len(words & set(known.split())) for language, known in FOREIGN.items()}
    best = max(votes, key=votes.get)
    return best if votes[best] >= 2 else None


def topics_of(words: list[str]) -> set[str]:
    """What rightly spelt words are about."""
    return {topic for topic, known in TOPICS.items() if set(words) & set(known.split())}


def emotion_in(words: list[str]) -> str | None:
    """The emotion that is asked for by name."""
    return next((emotion for emotion, known in EMOTIONS.items() if set(words) & set(known.split())), None)

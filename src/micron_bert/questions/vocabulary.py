"""The words that questions are made of: what each is about, and which spelling was meant."""

import re
from difflib import get_close_matches

# what a word is about; the matching of questions knows these topics and nothing else
TOPICS = {
    "unit": "action unit units au aus muscle muscles facs muscular",
    "shown": "shown show shows showing present visible active activated activation appear appears appearing occur "
    "occurs occurring seen see detected contracted engaged exhibited displayed moving moved move moves evident "
    "contain contains include includes activity",
    "side": "side sides left right unilateral bilateral symmetric asymmetric symmetrical asymmetrical onesided half",
    "coarse": "coarse coarsely coarsegrained valence polarity",
    "polarity": "positive negative",
    "fine": "fine finegrained emotion emotions emotional specific precise feeling felt mood detailed",
    "class": "class category label classification type kind sort name classify classified categorised categorized",
    "count": "many number count total amount often times frequently frequency",
    "micro": "micro microexpression microexpressions microexpressive",
    "macro": "macro macroexpression macroexpressions regular normal ordinary",
    "expression": "expression expressions event events movement movements moment moments facial interval intervals me "
    "mes",
    "distinct": "distinct different unique various all every which list name overall",
    "when": "when time timestamp timestamps instant onset apex offset begin begins beginning start starts end ends "
    "peak peaks second seconds frame frames long last lasts duration",
    "where": "where whereabouts region area part place location located upper lower forehead brows eyes "
    "cheeks mouth chin",
}
ORDINALS = {
    "first": 1, "1st": 1, "initial": 1, "earliest": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4,
    "4th": 4, "fifth": 5, "5th": 5, "sixth": 6, "6th": 6, "seventh": 7, "7th": 7, "eighth": 8, "8th": 8, "ninth": 9,
    "9th": 9, "tenth": 10, "10th": 10, "last": -1, "final": -1, "latest": -1,
}  # fmt: skip
NTH = ("1st", "2nd", "3rd", *(f"{number}th" for number in range(4, 11)))
EMOTIONS = {
    "happiness": "happiness happy joy joyful amused amusement pleased",
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
please tell say give describe identify report determine find name recognise recognize assess any some one two she he
her him hers someone anyone face faces person persons subject subjects individual man woman participant clip video film
footage sequence recording picture pictures image images his her their my your therefore then also only just exactly
both clearly really actually has have had let know want think question answer about into out up down over between most
strongest main dominant predominant overall according displaying observe observed observable happening happens happen
use used using brief short subtle so well thing things whole entire yes no not kindly check whether appear look looks
like express expressed expresses expressing s may might must shall should need needs wish wonder wondering ask hello hi
hey dear sir madam thanks thank cheers sign signs trace traces hint hints evidence found find notice noticed spot
spotted discern discernible state count went go goes going got get gets getting take takes taken took under anybody
somebody everybody nobody everyone together apart wide widely tightly strongly slightly firmly upwards downwards upward
downward code codes coded coding mate call called fire fired firing throughout lady boy girl guy seem seems seemed
anything something nothing maximum maximal reach reaches reached pick picked provide return output specify mention
enumerate itemise itemize summarise summarize outline present assign assigned annotate annotated rate rated confirm
verify involve involves involved much pass passes passed
""".split()
# close to the matter, but nothing that was measured can answer it
REFUSED = """
lie lies lying liar deceive deceived deception deceptive honest honesty truth truthful guilty guilt innocent trust
trustworthy thinking thought thoughts believe intend intention intentions personality character intelligent age
old young gender sex male female race ethnicity ethnic nationality identity beautiful attractive ugly depressed
depression autism autistic ill illness sick disease diagnose diagnosis pain stress stressed anxious anxiety drunk tired
weather capital president price stock recipe cook joke poem story song program password football movie country
city wearing clothes hair glasses beard colour color background
""".split()
# the small words of other languages
FOREIGN = {
    "German": "welche welcher welches sind ist wie viele der die das und nicht auf gesicht zeigt wird werden ein eine "
    "es gibt zu sehen wann wo",
    "French": "quelle quelles quels quel sont est combien les des une dans visage y-a-t-il a-t-il montre sur le la du "
    "de il y quand où",
    "Spanish": "cual cuál cuales cuáles cuántas cuantas cuántos son está hay los las una cara rostro muestra el que "
    "qué se de en dónde cuándo",
    "Italian": "quali quale quante quanti sono gli una un viso volto mostra nel della che di il la dove",
    "Portuguese": "quais qual quantas quantos são há uma rosto mostra na no do da de em onde",
    "Dutch": "welke zijn hoeveel het een gezicht toont van de er hij zij waar wanneer",
    "Danish or Norwegian": "hvilke hvilken hvor mange er på det den og ansigtet ansiktet vises viser når",
    "Swedish": "vilka vilken hur många är på det den och ansiktet visas visar syns var när",
}
OF_A_FACE = frozenset("unit units face facial muscle muscles muscular facs".split())
ENGLISH = frozenset(
    "is are was were the what which how many does do did there of and on in can tell when where".split()
)
KNOWN = frozenset(FILLERS) | {word for words in (*TOPICS.values(), *EMOTIONS.values()) for word in words.split()}
KNOWN |= frozenset(ORDINALS)
SPELLABLE = sorted(word for word in KNOWN if len(word) > 3)
KNOWN |= frozenset(REFUSED)  # only rightly spelt: `throughout` is not `thought`
# from a form of a word to its stem, longest endings first
ENDINGS = (
    ("ies", "y"),
    ("ing", ""),
    ("ing", "e"),
    ("es", ""),
    ("ed", ""),
    ("s", ""),
    ("d", ""),
    ("r", ""),
    ("ly", ""),
)
SHORT = 5  # letters from which on a misspelt word is recognised by its likeness
ALIKE, ALIKE_SHORT = 0.75, 0.8


def words_of(question: str) -> list[str]:
    """The words in lower case; `fine-grained` and `micro-expression` are one each."""
    text = re.sub(r"n't\b|'(?:s|d|ll|re|ve|m)\b", " ", question.lower().replace("’", "'"))
    text = re.sub(r"\b(fine|coarse|one)[-\s](grained|sided)\b", r"\1\2", text)
    text = re.sub(r"\b(micro|macro)[-\s]?(expression)", r"\1\2", text)
    text = re.sub(r"(?:\bnumber|\bno\.|#)\s*([1-9]|10)\b", lambda found: NTH[int(found[1]) - 1], text)
    text = re.sub(r"\b(?:take|takes|taking|took|taken)\s+place\b", "occur", text)
    return re.findall(r"[^\W_]+", text)


def spelt(word: str) -> str | None:
    """The known word that was meant, in another form or misspelt; `None` where there is none near enough."""
    if word in KNOWN or word.isdigit():
        return word
    for ending, stem in ENDINGS:
        if word.endswith(ending) and (known := word.removesuffix(ending) + stem) in KNOWN and len(known) > 3:
            return known
    if len(word) < SHORT:
        # `good` is not `mood`: a short word may lack a letter or have two in the wrong order, no more
        turned = (known for known in SPELLABLE if sorted(known) == sorted(word) and known[0] == word[0])
        lacking = get_close_matches(word, SPELLABLE, 1, ALIKE_SHORT) if len(word) > 3 else []
        return next(turned, None) or next(iter(lacking), None)
    close = get_close_matches(word, SPELLABLE, 1, ALIKE)
    return close[0] if close else None


def foreign_language(question: str) -> str | None:
    """The language of a question that is not English, as far as its small words tell; `"another language"` else."""
    letters = [sign for sign in question if sign.isalpha()]
    if letters and sum(ord(sign) > 0x24F for sign in letters) > 0.2 * len(letters):
        return "another language"
    words = set(re.findall(r"[^\W_][\w-]*", question.lower()))
    votes = {language: len(words & set(known.split())) for language, known in FOREIGN.items()}
    best, english = max(votes, key=votes.get), len(words & ENGLISH)
    if votes[best] >= 2 and votes[best] > english:
        return best
    return "another language" if not english and any(sign > "\x7f" for sign in letters) else None


def topics_of(words: list[str]) -> set[str]:
    """What rightly spelt words are about."""
    # the actions of a face are units; those of anybody else are not
    words = set(words) if OF_A_FACE & set(words) else set(words) - {"action", "actions"}
    return {topic for topic, known in TOPICS.items() if words & set(known.split())}


def emotion_in(words: list[str]) -> str | None:
    """The emotion that is asked for by name."""
    return next((emotion for emotion, known in EMOTIONS.items() if set(words) & set(known.split())), None)

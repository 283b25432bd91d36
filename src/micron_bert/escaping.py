"""Names and labels from outside, written so that a terminal, a table or a document takes them for text."""

import re
from html import escape

# what moves a cursor, changes a colour or turns a line round; and halves of characters that no encoding can write
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with one of these a formula begins


def for_terminal(text: str, one_line: bool = False) -> str:
    r"""Control characters become visible, such as `\x1b`; of a text that has to stay one line, line ends too."""
    if one_line:
        text = text.replace("\n", r"\n").replace("\t", r"\t")
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def for_xml(text: str) -> str:
    """Characters that no XML document may hold, escaped or not, become U+FFFD. A writer of XML escapes the rest."""
    return _NOT_XML.sub(REPLACEMENT, text)


def for_vtt(text: str) -> str:
    """One line of a WebVTT cue: no tag, no arrow, no line end."""
    return escape(_one_line(text), quote=False)


def _one_line(text: str) -> str:
    return " ".join(_CONTROLS.sub(REPLACEMENT, text.replace("\r", "\n")).split())


def for_markdown(text: str) -> str:
    """One line of Markdown, also in a table: no markup, no HTML, no column of its own."""
    text = _one_line(text)
    return re.sub(r"([\\`*|~]|\](?=[(\[:]))", r"\\\1", escape(text, quote=False))


def for_code(text: str) -> str:
    """One line for a place between backticks of Markdown, which nothing in it can end."""
    return _one_line(text).replace("`", "'")


def for_prose(text: str) -> str:
    """A paragraph of somebody's own Markdown: emphasis, code and links stay, HTML and line ends do not."""
    return _one_line(text).replace("<", "&lt;")


def sentence_for_markdown(sentence: str) -> str:
    """One of our sentences, in which names from outside stand between backticks: these become quotation marks."""
    return for_markdown(re.sub("`([^`]*)`", r"“\1”", sentence))


def for_csv(cell: object) -> object:
    """
    A cell that spreadsheets do not take for a formula: text that begins like one gets an apostrophe before it.

    Numbers, and text that is one, stay as they are. Control characters become U+FFFD: tables are shown in terminals,
    too.
    """
    if not isinstance(cell, str):
        return cell
    text = _NOT_XML.sub(REPLACEMENT, cell)
    if not text.startswith(FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return "'" + text
    return text


def from_csv(text: str) -> str:
    """What [`for_csv`] was given: without the apostrophe before a name that begins like a formula."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def for_json(text: str) -> str:
    r"""JSON whose halves of characters, from names of files in other encodings, are escapes such as `\udcff`."""
    return _SURROGATES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)

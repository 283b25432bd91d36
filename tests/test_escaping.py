import csv
import io
import xml.etree.ElementTree as ElementTree

import pytest

from micron_bert.escaping import (
    for_code,
    for_csv,
    for_json,
    for_markdown,
    for_prose,
    for_terminal,
    for_vtt,
    for_xml,
    sentence_for_markdown,
)

HOSTILE = "\x1b[31m<b>=1+1|`a`\x00\r\n--> & \udcff\u202egnp.mp4"


def test_no_terminal_takes_it_for_commands():
    shown = for_terminal(HOSTILE, one_line=True)
    assert shown.isprintable() and shown.startswith("\\x1b[31m<b>") and "\\n" in shown and "\\udcff" in shown
    assert for_terminal("two\nlines\tμ é 顔") == "two\nlines\tμ é 顔"


def test_xml_holds_it():
    element = ElementTree.Element("a", {"b": for_xml(HOSTILE)})
    element.text = for_xml(HOSTILE)
    read = ElementTree.fromstring(ElementTree.tostring(element, encoding="unicode"))
    assert "<b>=1+1|`a`" in read.text and "[31m<b>" in read.get("b")


def test_code_prose_and_sentences_of_markdown_keep_what_is_theirs():
    assert for_code("a `b` <c>\n|") == "a 'b' <c> |"
    assert for_prose("**Bold** `x` [a](b)\n\n# <img>") == "**Bold** `x` [a](b) # &lt;img>"
    told = sentence_for_markdown("`a<b>*.mp4` cannot be read; is `c` a film?")
    assert told == "“a&lt;b&gt;\\*.mp4” cannot be read; is “c” a film?"


def test_a_cue_and_a_cell_of_markdown_stay_one_line_of_text():
    cue, cell = for_vtt(HOSTILE), for_markdown(HOSTILE)
    assert "\n" not in cue and "-->" not in cue and "<" not in cue and "&amp;" in cue
    assert "\n" not in cell and "<" not in cell and "\\|" in cell and "\\`a\\`" in cell
    assert for_markdown("smic_hs") == "smic_hs" and for_vtt("positive 93%") == "positive 93%"


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_begins_like_a_formula_is_text(text):
    assert for_csv(text) == "'" + text


@pytest.mark.parametrize("cell", ["-1", "+2.5", "-1e-3", "nan", "happy", "", 3, -0.5, None])
def test_numbers_and_words_stay(cell):
    assert for_csv(cell) == cell


def test_every_text_can_be_written():
    for escaped in (
        for_terminal(HOSTILE),
        for_xml(HOSTILE),
        for_vtt(HOSTILE),
        for_markdown(HOSTILE),
        for_code(HOSTILE),
        for_prose(HOSTILE),
        for_json("\udcff"),
    ):
        assert escaped.encode("utf-8")
    text = io.StringIO()
    csv.writer(text).writerow([for_csv(HOSTILE)])
    assert text.getvalue().encode("utf-8")

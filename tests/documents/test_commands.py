"""Commands in the documents are commands that exist, with options that exist."""

import dataclasses
import re
import shlex
from pathlib import Path

from micron_bert.arguments.data import DataArguments
from micron_bert.arguments.evaluation import EvaluationArguments
from micron_bert.arguments.model import ModelArguments
from micron_bert.arguments.recipe_file import RECIPES as SHIPPED
from micron_bert.arguments.recipe_file import find_recipe
from micron_bert.arguments.training import MicronBertTrainingArguments, PretrainingArguments
from micron_bert.cli.main import COMMANDS, make_parser

ROOT = Path(__file__).parents[2]
RECIPES = {
    "finetune": (ModelArguments, DataArguments, MicronBertTrainingArguments),
    "pretrain": (ModelArguments, DataArguments, PretrainingArguments),
    "evaluate": (ModelArguments, DataArguments, EvaluationArguments, MicronBertTrainingArguments),
}


def commands(snippets):
    """`(place, words)` of each line that calls micron-bert, without comments, variables and what is optional."""
    for snippet in snippets:
        if snippet.language != "bash":
            continue
        for line in re.sub(r"\\\n\s*", " ", snippet.text).splitlines():
            line = re.sub(r"\[[^\]]*\.\.\.\]|\[(--[^\]]*)\]", r"\1", re.sub(r"\s…", " X", line))
            words = shlex.split(re.sub(r"^\w+=\S+ ", "", line.strip()), comments=True)
            if words[:1] == ["micron-bert"]:
                yield f"{snippet.page}:{snippet.line}", words[1:]


def test_options_exist(snippets):
    found, wrong = set(), []
    for place, words in commands(snippets):
        command = next(word for word in words if not word.startswith("-"))
        found.add(command)
        if command in RECIPES:
            names = {field.name for kind in RECIPES[command] for field in dataclasses.fields(kind)}
            given = {word[2:].split("=")[0] for word in words if word.startswith("--")}
            wrong += [(place, command, name) for name in given - names - {"help", "output"}]
            continue
        try:
            make_parser(command).parse_args(words)
        except SystemExit as error:
            if error.code:
                wrong.append((place, " ".join(words)))
    assert not wrong
    assert found >= set(COMMANDS) - {"convert"}, "every command is shown somewhere"


def test_recipes_exist(snippets):
    """The word after `finetune`, `pretrain` or `evaluate` is one that comes with the package."""
    named = {
        words[1] for _, words in commands(snippets) if words[0] in RECIPES and words[1:] and words[1][:1] not in "-[X"
    }
    assert len(named) > 4
    assert not [name for name in named if find_recipe(name).parent != SHIPPED]

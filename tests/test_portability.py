"""The package holds nothing that only Linux has, and no text whose encoding the system chooses."""

import ast
from pathlib import Path

import micron_bert

SOURCES = sorted(Path(micron_bert.__file__).parent.rglob("*.py"))
ONLY_UNIX = {"fcntl", "grp", "pwd", "resource", "termios", "pty", "tty"}


def calls():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path, node


def test_texts_are_read_and_written_as_utf_8():
    unsaid = []
    for path, call in calls():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        said = any(word.arg == "encoding" for word in call.keywords)
        if isinstance(call.func, ast.Attribute) and name in ("read_text", "write_text") and not said:
            unsaid.append(f"{path.name}:{call.lineno}")
        if isinstance(call.func, ast.Name) and name == "open" and not said:
            modes = [word.value for word in call.keywords if word.arg == "mode"] + call.args[1:2]
            if not any("b" in getattr(mode, "value", "") for mode in modes):
                unsaid.append(f"{path.name}:{call.lineno}")
    assert not unsaid


def test_no_module_of_unix_alone_is_imported():
    found = {
        (path.name, name)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
        if name in ONLY_UNIX
    }
    assert not found

"""The help of commands that take recipes, without what makes the parser of Transformers slow to load."""

import argparse
import dataclasses
from collections.abc import Sequence

ALL = "--help-all"


def shows_help(
    argv: Sequence[str], prog: str, description: str, kinds: Sequence[type], unused: Sequence[str] = ()
) -> bool:
    """
    Prints the options that this package adds to Transformers' or changes, where they are asked for.

    Args:
        argv (`Sequence[str]`):
            The arguments after the command; `--help-all` is left to the parser that knows every option.
        prog, description (`str`):
            The command and what it does.
        kinds (`Sequence[type]`):
            Dataclasses whose fields were made with [`~micron_bert.arguments.option.option`].
        unused (`Sequence[str]`):
            Fields that this command refuses.

    Returns:
        `bool`: whether help was asked for.
    """
    if not {"-h", "--help"} & set(argv):
        return False
    parser = argparse.ArgumentParser(
        prog=prog,
        usage="%(prog)s [RECIPE.yaml] [--name value ...]",
        description=description,
        epilog=f"Every option of transformers.TrainingArguments can be given, too: `{prog} {ALL}` lists them.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    for kind in kinds:
        group = parser.add_argument_group(kind._argument_group_name)
        for field in dataclasses.fields(kind):
            if field.name in unused:
                continue
            factory = field.default_factory
            default = field.default if factory is dataclasses.MISSING else factory()
            names = [f"--{field.name}", *field.metadata.get("aliases", ())]
            shown = argparse.SUPPRESS if default in (None, []) else default
            group.add_argument(*names, default=shown, metavar=_metavar(field), help=field.metadata["help"])
    parser.print_help()
    return True


def _metavar(field: dataclasses.Field) -> str:
    """What to put for the value, such as `N ...` for whole numbers."""
    kind = field.type.__name__ if isinstance(field.type, type) and "[" not in str(field.type) else str(field.type)
    words = {"dict": "JSON", "float": "NUMBER", "int": "N", "bool": "true|false", "str": "TEXT"}
    word = next(word for name, word in words.items() if name in kind)
    return f"{word} ..." if kind.startswith("list[") else word

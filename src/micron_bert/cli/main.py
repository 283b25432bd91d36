"""The command `micron-bert`: a table of commands, each in a file of its own."""

import argparse
import os
import sys
import warnings
from contextlib import redirect_stdout
from importlib import import_module

from micron_bert import __version__
from micron_bert.arguments.exit_code import explain
from micron_bert.arguments.number import take_finite_numbers
from micron_bert.escaping import for_terminal

COMMANDS = {
    "recognize": "find and name the micro-expression in a video, a folder of frames, or an onset and an apex",
    "ask": "answer questions about a film from what is measured in it, with the evidence",
    "spot": "find micro- and macro-expressions in a long video, with onset, apex and offset",
    "sensitivity": "measure how small a movement is found in a film, by putting known ones into it",
    "synthesize": "make a data set of synthetic micro-expressions from photographs of faces",
    "measure-courses": "keep what really moves in films of neutral faces, to carry it over to photographs",
    "doctor": "look over a copy of a dataset: what is there, what is missing, where to ask for it",
    "prepare": "cut aligned faces out of a dataset for training and evaluation",
    "shard": "cut aligned faces out of many films for pre-training, on one machine or a cluster",
    "pretrain": "train μ-BERT without labels, by blockwise swapping",
    "finetune": "train μ-BERT to recognise emotions or action units",
    "adapt": "teach a model how one person moves without an expression, for fewer false alarms on that person",
    "calibrate": "bring a model's probabilities in line with how often it is right",
    "evaluate": "run a protocol of the field over prepared clips: leave one subject out, MEGC, CD6ME",
    "evaluate-spotting": "spot expressions in a database of long videos, and score it as the MEGC does",
    "evaluate-vqa": "answer the grand challenge's questions about clips, and score the answers",
    "convert": "turn the authors' released .pth file into a folder that from_pretrained reads",
    "export": "write a model as ONNX graphs, for runtimes without torch and for browsers",
    "demo": "serve the page on which visitors upload, record or stream a face",
    "publish": "put model, kernel, metrics, Space and data set on the Hub, or show what would be put there",
    "fetch-face-models": "get the face detector and the face mesh into the cache",
}


# these give all their words, options and `--help` too, to the parser of recipes
HANDING_ON = ("pretrain", "finetune", "evaluate")


class Parser(argparse.ArgumentParser):
    """Takes finite numbers alone, and says what is wrong in one sentence."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, allow_abbrev=False, **kwargs)
        take_finite_numbers(self)

    def error(self, message: str):
        message = for_terminal(message, one_line=True)
        self.exit(2, f"{self.prog}: error: {message}; see `{self.prog} --help`\n")


def make_parser(chosen: str | None = None) -> argparse.ArgumentParser:
    """The parser; only the chosen command's arguments are filled in, so that help is fast."""
    parser = Parser(prog="micron-bert", description="Facial micro-expressions with μ-BERT.")
    parser.add_argument("--version", action="version", version=f"micron-bert {__version__}")
    parser.add_argument("--traceback", action="store_true", help="show where an error came from")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        description, hands_on = f"{summary[0].upper()}{summary[1:]}.", name in HANDING_ON
        subparser = commands.add_parser(name, help=summary, description=description, add_help=not hands_on)
        if name != chosen:
            continue
        if hands_on:
            subparser.prefix_chars = ""
            subparser.add_argument("arguments", nargs="*")
        else:
            _module(name).add_arguments(subparser)
            subparser.set_defaults(parser=subparser)
    return parser


def _module(command: str):
    return import_module(f"micron_bert.cli.{command.replace('-', '_')}")


def main(argv: list[str] | None = None) -> int:
    """
    Runs one command.

    Returns:
        `int`: 0, or 2 with one sentence on standard error when the input cannot be used, 130 when interrupted, 1 with
        a traceback when the program itself is at fault. Nothing is said when nobody reads the output any more.
    """
    _print_in_any_encoding()
    try:
        try:
            return _run(sys.argv[1:] if argv is None else argv)
        finally:
            sys.stdout.flush()  # here, and not when the interpreter ends, which would tell of a reader who has gone
    except BrokenPipeError:
        # the interpreter flushes standard output once more when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(argv: list[str]) -> int:
    if not argv:
        make_parser().print_help()
        return 0
    chosen = next((word for word in argv if not word.startswith("-")), None)
    args = make_parser(chosen).parse_args(argv)
    try:
        with redirect_stdout(_PlainStream(sys.stdout)), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # these are for programmers, not for users
            warnings.showwarning = _Warnings(f"micron-bert {args.command}: ")
            return _module(args.command).main(args) or 0
    except KeyboardInterrupt:
        print("micron-bert: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        raise
    except Exception as error:
        return explain(error, f"micron-bert {args.command}: ", args.traceback)


class _Warnings:
    """Shows each warning once, as a sentence, in place of `warnings.showwarning`."""

    def __init__(self, prefix: str):
        self.prefix, self.told = prefix, set()

    def __call__(self, message, *where, **more) -> None:
        text = str(message)
        if text not in self.told:
            self.told.add(text)
            print(f"{self.prefix}warning: {for_terminal(text)}", file=sys.stderr)


class _PlainStream:
    """Standard output on which no name of a file and no label moves the cursor of somebody's terminal."""

    def __init__(self, stream):
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(for_terminal(text))
        return len(text)

    def __getattr__(self, name: str):
        return getattr(self._stream, name)


def _print_in_any_encoding() -> None:
    """A console that lacks a character, such as cp1252 the letter μ, gets a question mark instead of an error."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed before we started
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))
        if hasattr(getattr(sys, name), "reconfigure"):
            getattr(sys, name).reconfigure(errors="replace")


if __name__ == "__main__":
    sys.exit(main())

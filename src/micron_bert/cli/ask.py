"""`micron-bert ask FILM "QUESTION" ["QUESTION" …]`."""

from micron_bert.cli.recognizer import add_arguments as add_model_arguments
from micron_bert.cli.recognizer import open_recognizer


def add_arguments(parser):
    parser.add_argument("source", metavar="SOURCE", help="a video or a folder of frames")
    parser.add_argument("question", nargs="+", metavar="QUESTION", help="in English, in any wording")
    parser.add_argument("--apex", metavar="PICTURE", help="SOURCE is the onset picture, this one the apex")
    parser.add_argument(
        "--assume-expression",
        action="store_true",
        help="the film shows an expression, as clips do that were cut to one: name the likeliest",
    )
    parser.add_argument("--start", type=float, default=0.0, metavar="S", help="look from this second on")
    parser.add_argument("--end", type=float, metavar="S", help="look up to this second")
    parser.add_argument(
        "--fps", type=float, help="rate at which the frames were recorded (default: what the file says)"
    )
    parser.add_argument("--face", type=int, default=0, metavar="N", help="which face, 0 = the largest (default)")
    add_model_arguments(parser)


def main(args) -> int:
    from pathlib import Path

    from micron_bert.errors import InputError
    from micron_bert.questions.question import NoAnswer, understand

    for source in filter(None, (args.source, args.apex)):
        if not Path(source).exists():
            raise InputError(f"There is no file or folder `{source}`; check the path.")
    if len(args.question) == 1:
        understand(args.question[0])  # a question that cannot be answered is told before the model is loaded

    from micron_bert.questions.questioner import Questioner

    questioner = Questioner(open_recognizer(args), assume_expression=args.assume_expression)
    source, options = args.source, {"start": args.start, "end": args.end, "fps": args.fps, "face": args.face}
    if args.apex:
        source, options = (args.source, args.apex), {"face": args.face}
    refused = 0
    for number, question in enumerate(args.question):
        if len(args.question) > 1:
            print(("\n" if number else "") + question)
        try:
            print(questioner.ask(source, question, **options))
        except NoAnswer as error:
            if len(args.question) == 1:
                raise
            print(error)
            refused += 1
    return 2 if refused == len(args.question) else 0

"""`micron-bert ask FILM "QUESTION" ["QUESTION" …]`."""

from micron_bert.arguments.stretch import add_stretch, check_stretch
from micron_bert.cli.answer import add_json, print_answer
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
    add_stretch(parser)
    parser.add_argument("--face", type=int, default=0, metavar="N", help="which face, 0 = the largest (default)")
    add_json(parser)
    add_model_arguments(parser)


def main(args) -> int:
    """Answers what can be answered; 2 when nothing can, which is told before the model is loaded where it is known."""
    from micron_bert.arguments.unused import refuse_unused
    from micron_bert.questions.question import NoAnswer, understand
    from micron_bert.video.reader import existing_path

    sources = [existing_path(source) for source in (args.source, args.apex) if source is not None]
    if args.apex is not None:
        refuse_unused(args, ("start", "end", "fps"), "is for a film, not for two pictures")
    check_stretch(args)
    refused = {}
    for question in args.question:
        try:
            understand(question)
        except NoAnswer as error:
            refused[question] = str(error)
    if len(refused) == len(set(args.question)):
        raise NoAnswer(" ".join(dict.fromkeys(refused.values())))

    from micron_bert.questions.questioner import Questioner

    questioner = Questioner(open_recognizer(args), assume_expression=args.assume_expression)
    of_film = {"start": args.start, "end": args.end, "fps": args.fps}
    source, options = (sources[0], of_film) if len(sources) == 1 else (tuple(sources), {})
    answers = {}
    for question in dict.fromkeys(args.question):
        if question not in refused:
            try:
                answers[question] = questioner.ask(source, question, face=args.face, **options)
            except NoAnswer as error:
                refused[question] = str(error)
    if not answers and len(refused) == 1:
        raise NoAnswer(*refused.values())
    print_answer(args.json, lambda: _document(args, answers, refused), lambda: _words(args, answers, refused), [])
    return 0 if answers else 2


def _document(args, answers: dict, refused: dict) -> dict:
    from dataclasses import asdict

    from micron_bert.recognition.result_files import document

    told = [
        {"question": one} | (asdict(answers[one]) if one in answers else {"refused": refused[one]})
        for one in args.question
    ]
    return document({"answers": told}, args.source, args.model)


def _words(args, answers: dict, refused: dict) -> str:
    told = {one: str(answers.get(one) or refused[one]) for one in args.question}
    if len(args.question) == 1:
        return told[args.question[0]]
    return "\n\n".join(f"{question}\n{told[question]}" for question in args.question)

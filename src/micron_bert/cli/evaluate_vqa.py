"""`micron-bert evaluate-vqa QUESTIONS.jsonl --clips DIR`: answers the grand challenge's questions, and scores them."""

from micron_bert.cli.answer import add_json, print_answer
from micron_bert.cli.recognizer import add_arguments as add_model_arguments
from micron_bert.cli.recognizer import open_recognizer


def add_arguments(parser):
    parser.add_argument("questions", metavar="QUESTIONS", help="JSON lines of the challenge, in either form")
    parser.add_argument("--clips", metavar="DIR", help="where the clips are: videos or folders of frames")
    parser.add_argument("--answers", metavar="FILE", help="score these JSON lines instead of answering")
    parser.add_argument("--output", metavar="FILE", help="new file for the answers, as the challenge takes them")
    parser.add_argument("--fps", type=float, help="rate at which the frames were recorded")
    parser.add_argument(
        "--whole-films",
        action="store_true",
        help="the clips were not cut to one expression: answer `none` where none is found",
    )
    add_json(parser)
    add_model_arguments(parser)


def main(args) -> int:
    """Prints the scores where the answers are known, else the answers, unless they go to a file."""
    from micron_bert.arguments.number import check_bounds
    from micron_bert.arguments.unused import refuse_unused
    from micron_bert.errors import InputError
    from micron_bert.output_folder import check_output_file
    from micron_bert.questions.challenge import read_questions, write_answers

    if bool(args.clips) == bool(args.answers):
        raise InputError("Give `--clips` to answer the questions, or `--answers` to score answers that are there.")
    if args.answers:
        names = ("output", "fps", "whole_films", "model", "device", "runtime", "dtype", "verbose")
        refuse_unused(args, names, "is for answering, not for answers that are there")
    check_bounds(args, {"fps": (0.001, 100_000)}, prefix="--")
    output = None if args.output is None else check_output_file(args.output)
    rows = read_questions(args.questions)
    known = [number for number, row in enumerate(rows) if row.answer is not None]
    if known:
        from micron_bert.metrics.vqa import check_packages

        check_packages()  # before hours of answering rather than after them
    unusable: dict[str, str] = {}
    answers = _answers_there(rows, args.answers) if args.answers else _answer(rows, args, unusable)
    _tell(unusable, rows)
    files = [] if output is None else [write_answers(rows, answers, output)]
    scores = _scores(rows, answers, known) if known else None
    print_answer(
        args.json,
        lambda: _document(rows, answers, scores, unusable),
        lambda: _words(rows, answers, scores, bool(files)),
        files,
    )
    return 0


def _tell(unusable: dict[str, str], rows) -> None:
    """Names each clip that could not be used, and counts them and what was asked about them."""
    import sys

    from micron_bert.escaping import for_terminal

    for clip, reason in unusable.items():
        print(for_terminal(f"The clip `{clip}` cannot be used: {reason}", one_line=True), file=sys.stderr)
    if unusable:
        clips, asked = len({row.clip for row in rows}), sum(row.clip in unusable for row in rows)
        print(
            f"{len(unusable)} of {clips} clips cannot be used; the {asked} questions about them are answered `none`.",
            file=sys.stderr,
        )


def _answers_there(rows, path: str) -> list[str]:
    from micron_bert.errors import InputError
    from micron_bert.questions.challenge import read_questions

    told = {(row.clip, row.question): row.answer for row in read_questions(path)}
    lacking = [row for row in rows if told.get((row.clip, row.question)) is None]
    if lacking:
        raise InputError(
            f"`{path}` lacks the answers to {len(lacking)} of {len(rows)} questions, such as "
            f"`{lacking[0].question}` about `{lacking[0].clip}`."
        )
    return [told[row.clip, row.question] for row in rows]


def _answer(rows, args, unusable: dict[str, str]) -> list[str]:
    from tqdm import tqdm

    from micron_bert.errors import InputError
    from micron_bert.home import at_home
    from micron_bert.questions.challenge import answer_questions, find_clip

    clips = at_home(args.clips)
    if not clips.is_dir():
        raise InputError(f"There is no folder `{clips}`; check the path.")
    for row in rows:
        find_clip(clips, row)  # told before the model is loaded

    from micron_bert.questions.questioner import Questioner

    questioner = Questioner(open_recognizer(args), assume_expression=not args.whole_films)
    options = {} if args.fps is None else {"fps": args.fps}
    with tqdm(total=len(rows), desc="questions", disable=None) as bar:
        options["left_out"] = unusable.__setitem__
        return answer_questions(rows, clips, questioner, lambda done, count: bar.update(done - bar.n), **options)


def _scores(rows, answers, known) -> dict:
    from micron_bert.metrics.vqa import score_answers

    return score_answers(
        [rows[number].question for number in known],
        [rows[number].answer for number in known],
        [answers[number] for number in known],
    )


def _document(rows, answers, scores, unusable) -> dict:
    told = [
        {"clip": row.clip, "question": row.question, "answer": text} for row, text in zip(rows, answers, strict=True)
    ]
    return {"scores": scores, "answers": told, "unusable": unusable}


def _words(rows, answers, scores, written: bool) -> str:
    if scores is not None:
        return "\n".join(
            f"{name:<14}  {value:.4f}" if isinstance(value, float) else f"{name:<14}  {value}"
            for name, value in scores.items()
        )
    if written:
        return f"{len(answers)} questions are answered."
    return "\n".join(f"{row.clip}  {row.question}  {text}" for row, text in zip(rows, answers, strict=True))

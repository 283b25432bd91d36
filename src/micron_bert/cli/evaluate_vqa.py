"""`micron-bert evaluate-vqa QUESTIONS.jsonl --clips DIR`: answers the grand challenge's questions, and scores them."""

from micron_bert.cli.recognizer import add_arguments as add_model_arguments
from micron_bert.cli.recognizer import open_recognizer


def add_arguments(parser):
    parser.add_argument("questions", metavar="QUESTIONS", help="JSON lines of the challenge, in either form")
    parser.add_argument("--clips", metavar="DIR", help="where the clips are: videos or folders of frames")
    parser.add_argument("--answers", metavar="FILE", help="score these JSON lines instead of answering")
    parser.add_argument("--output", metavar="FILE", help="JSON lines with the answers, as the challenge takes them")
    parser.add_argument("--fps", type=float, help="rate at which the frames were recorded")
    parser.add_argument(
        "--whole-films",
        action="store_true",
        help="the clips were not cut to one expression: answer `none` where none is found",
    )
    add_model_arguments(parser)


def main(args) -> int:
    from pathlib import Path

    from micron_bert.errors import InputError
    from micron_bert.questions.challenge import answer_questions, find_clip, read_questions, write_answers

    if bool(args.clips) == bool(args.answers):
        raise InputError("Give `--clips` to answer the questions, or `--answers` to score answers that are there.")
    rows = read_questions(args.questions)
    if args.answers:
        told = {(row.clip, row.question): row.answer for row in read_questions(args.answers)}
        lacking = [row for row in rows if told.get((row.clip, row.question)) is None]
        if lacking:
            raise InputError(
                f"`{args.answers}` lacks the answers to {len(lacking)} of {len(rows)} questions, such as "
                f"`{lacking[0].question}` about `{lacking[0].clip}`."
            )
        answers = [told[row.clip, row.question] for row in rows]
    else:
        if not Path(args.clips).is_dir():
            raise InputError(f"There is no folder `{args.clips}`; check the path.")
        for row in rows:
            find_clip(args.clips, row)  # told before the model is loaded

        from micron_bert.questions.questioner import Questioner

        questioner = Questioner(open_recognizer(args), assume_expression=not args.whole_films)
        answers = answer_questions(rows, args.clips, questioner, **({"fps": args.fps} if args.fps else {}))
    if args.output:
        print(write_answers(rows, answers, args.output))
    known = [number for number, row in enumerate(rows) if row.answer is not None]
    if known:
        from micron_bert.metrics.vqa import score_answers

        scores = score_answers(
            [rows[number].question for number in known],
            [rows[number].answer for number in known],
            [answers[number] for number in known],
        )
        for name, value in scores.items():
            print(f"{name:<14}  {value:.4f}" if isinstance(value, float) else f"{name:<14}  {value}")
    elif not args.output:
        for row, text in zip(rows, answers, strict=True):
            print(f"{row.clip}  {row.question}  {text}")
    return 0

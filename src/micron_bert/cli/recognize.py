"""`micron-bert recognize VIDEO|FOLDER` or `micron-bert recognize ONSET APEX`; of a long video every expression."""

from micron_bert.arguments.stretch import add_neutral, add_stretch, check_stretch, neutral_of
from micron_bert.cli.answer import add_json, print_answer
from micron_bert.cli.recognizer import add_arguments as add_model_arguments
from micron_bert.cli.recognizer import open_recognizer


def add_arguments(parser):
    parser.add_argument(
        "source",
        nargs="+",
        metavar="SOURCE",
        help="a video, a folder of frames, or two pictures (onset and apex); of more than a minute all is named",
    )
    parser.add_argument(
        "--output", metavar="DIR", help="folder for result.json, movement.png, flip.gif and the annotated video"
    )
    parser.add_argument("--onset", type=int, metavar="N", help="number of the onset frame, from 0 (with --apex)")
    parser.add_argument("--apex", type=int, metavar="N", help="number of the apex frame, from 0 (with --onset)")
    add_stretch(parser)
    parser.add_argument(
        "--face", type=int, default=0, metavar="N", help="which face of the first frame, 0 = the largest (default)"
    )
    parser.add_argument(
        "--missing", choices=("error", "skip"), default="error", help="what to do about frames without the face"
    )
    parser.add_argument(
        "--figures",
        type=lambda kinds: kinds.split(","),
        metavar="KINDS",
        help="files that the movement is drawn as: pdf, svg beside png (png); of a long film the curve, as `spot`",
    )
    add_json(parser)
    parser.add_argument("--cropped", action="store_true", help="the frames are aligned face crops already")
    add_neutral(parser)
    parser.add_argument(
        "--labels",
        metavar="FILE|NAME",
        help="name by these labels, each a set of action units: a YAML file, or three, five, seven, eight, objective",
    )
    add_model_arguments(parser)


def main(args) -> int:
    of_film = _check(args)
    labels = None
    if args.labels is not None:
        from micron_bert.labels.label_sets import read_label_set

        labels = read_label_set(args.labels)

    from micron_bert.recognition.report import describe, to_json, write_report
    from micron_bert.recognition.result_files import document

    recognizer = open_recognizer(args)
    if of_film and _is_long(args):
        from micron_bert.cli.spot import spot

        more = {} if args.figures is None else {"figures": args.figures}
        return spot(recognizer, args, args.neutral, labels=labels, **more)
    recognition = _recognize(recognizer, args, of_film)
    if labels is not None:
        from micron_bert.recognition.naming import named_by

        recognition = named_by(recognition, labels)
    files = []
    if args.output:
        read = {"fps": args.fps, "start": args.start, "end": args.end}
        files = write_report(
            recognition, args.source[0], args.output, args.model, **read, figures=args.figures or ("png",)
        )
    print_answer(
        args.json,
        lambda: document(to_json(recognition), args.source[0], args.model, files),
        lambda: describe(recognition),
        files,
    )
    return 0


def _check(args) -> bool:
    """
    Refuses mistakes in the input before the model is loaded, and makes paths and seconds of what was typed.

    Returns:
        `bool`: whether expressions are to be found in a film, not given by two pictures, by frames or as crops.
    """
    from micron_bert.arguments.unused import refuse_unused
    from micron_bert.errors import InputError
    from micron_bert.recognition.result_files import check_results
    from micron_bert.video.reader import existing_path

    if len(args.source) > 2:
        raise InputError(f"Give one video or folder, or two pictures (onset and apex), not {len(args.source)} paths.")
    args.source = [str(existing_path(source)) for source in args.source]

    of_film = len(args.source) == 1 and args.onset is None and args.apex is None and not args.cropped
    args.neutral = neutral_of(args)
    if args.neutral is not None and not of_film:
        raise InputError(
            "`--neutral` is for a film; leave it out of two pictures, of given frames and of cropped ones."
        )
    if len(args.source) == 2:
        refuse_unused(args, ("onset", "apex", "start", "end", "fps"), "is for a film, not for two pictures")
    if (args.onset is None) != (args.apex is None):
        raise InputError("`--onset` and `--apex` go together; give both frames, or none to have them found.")
    if of_film:
        refuse_unused(args, ("missing",), "is for given and for cropped frames, not for a whole film")
    if args.cropped:
        refuse_unused(args, ("face", "missing"), "does not apply to cropped frames, which are not searched for faces")
    check_stretch(args)
    if args.figures is not None:
        from micron_bert.pictures.figure import check_figures, check_kinds

        check_kinds(args.figures)
        if args.output is None:
            raise InputError("`--figures` is for files; name a folder for them as `--output`.")
        check_figures()
    if args.output is not None:
        args.output = check_results(args.output, args.source)
    return of_film


def _recognize(recognizer, args, of_film: bool):
    """The one expression that is looked for."""
    alignment = {"face": args.face, "cropped": args.cropped, "missing": args.missing}
    if len(args.source) == 2:
        return recognizer.recognize_pair(*args.source, **alignment)
    if of_film:
        from micron_bert.spotting.spotter import Spotter

        options = {"start": args.start, "end": args.end, "fps": args.fps, "face": args.face, "neutral": args.neutral}
        return Spotter(recognizer).recognize(args.source[0], **options)
    return recognizer.recognize(args.source[0], args.onset, args.apex, args.start, args.end, args.fps, **alignment)


def _is_long(args) -> bool:
    from micron_bert.model.recognizer_micron_bert import LONGEST
    from micron_bert.video.reader import open_video

    with open_video(args.source[0], args.fps) as video:
        end = video.duration if args.end is None else min(args.end, video.duration or args.end)
    return end is not None and end - args.start > LONGEST

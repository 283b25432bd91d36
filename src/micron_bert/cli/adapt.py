"""`micron-bert adapt FILM … --output FOLDER`: a model that knows how one person moves without an expression."""


def add_arguments(parser) -> None:
    parser.add_argument(
        "films",
        nargs="+",
        metavar="FILM",
        help="films, or folders of films, in which the person shows no expression; a minute or two together",
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder for the adapted model")
    parser.add_argument(
        "--model", metavar="DIR", help="folder of the model to start from (default: the one that ships)"
    )
    parser.add_argument(
        "--steps", type=int, help="batches to learn from (default: 400 from half a minute of film on, fewer of less)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of all that is random (default: 0)")
    parser.add_argument(
        "--cache", metavar="DIR", help="folder that keeps the followed faces (default: the user's cache)"
    )


def main(args) -> int:
    """Adapts, and says how to use the model."""
    from micron_bert.arguments.number import check_bounds

    check_bounds(args, {"steps": (1, 100_000), "seed": (0, 2**32 - 1)}, prefix="--")
    from micron_bert.training.course.adaptation import adapt

    record = adapt(args.films, args.output, args.model, args.steps, args.seed, args.cache)
    count = len(record["films"])
    films = f"{count} film{'s' if count > 1 else ''}"
    print(
        f"{args.output}: adapted to {record['seconds']:.0f} s of {films}; use it for other films of this person, "
        f"as in `micron-bert spot FILM --model {args.output}`."
    )
    return 0

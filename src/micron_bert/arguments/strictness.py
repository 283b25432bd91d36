"""How sure the course head must be before an expression is reported."""

from micron_bert.errors import InputError

STRICTNESS = 0.5  # that of the thresholds which were chosen in the training of the course head


def add_strictness(parser) -> None:
    """Gives a command the option."""
    parser.add_argument(
        "--strictness",
        type=float,
        default=STRICTNESS,
        metavar="S",
        help=f"0: all that may be, 1: only what is sure ({STRICTNESS})",
    )


def check_strictness(strictness: float, name: str = "--strictness") -> None:
    """
    Raises:
        [`InputError`]: it is no number from 0 to 1; `name` is how the user calls it.
    """
    if not 0 <= strictness <= 1:
        raise InputError(
            f"`{name}` is `{strictness}`; pass a number from 0 (all that may be) to 1 (only what is sure)."
        )

"""Options of how a dataset's sheet is read, of every command that reads one."""

from micron_bert.labels.action_units import CHALLENGE, READINGS


def add_reading(parser) -> None:
    """Adds `--action-units` and `--outside`."""
    parser.add_argument(
        "--action-units",
        choices=READINGS,
        default=CHALLENGE,
        help="challenge: both of `L12 or L14`, and `ref(6)`; strict: the first, and no `ref(6)` (default: challenge)",
    )
    parser.add_argument("--outside", action="store_true", help="paths in a metadata.csv may lead out of its folder")

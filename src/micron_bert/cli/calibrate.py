"""`micron-bert calibrate MODEL --faces FOLDER …`: probabilities that mean what they say."""

from micron_bert.arguments.spelling import add_processes


def add_arguments(parser) -> None:
    parser.add_argument("model", metavar="MODEL", help="folder of a fine-tuned model; changed in place")
    parser.add_argument("--faces", nargs="+", required=True, metavar="DIR", help="the faces it was fine-tuned on")
    parser.add_argument(
        "--part",
        choices=("classes", "action_units"),
        default="classes",
        help="what to calibrate: the classes (default), or each action unit with its threshold",
    )
    parser.add_argument("--pairs", type=int, default=2000, help="pairs to fit on, and to measure on (default: 2000)")
    parser.add_argument(
        "--false-alarms", type=float, default=0.02, help="share of faces at rest that may be named (default: .02)"
    )
    parser.add_argument("--test-fraction", type=float, default=0.2, help="as in the training (default: .2)")
    parser.add_argument("--split-seed", type=int, default=0, help="as in the training (default: 0)")
    add_processes(parser, 1, "processes that prepare the pairs")


def main(args) -> int:
    """Calibrates and prints what came of it."""
    from micron_bert.arguments.number import check_bounds

    bounds = {"pairs": (1, 10_000_000), "false_alarms": (0, 1), "test_fraction": (0, 0.9), "processes": (1, 1024)}
    check_bounds(args, bounds, prefix="--")
    if args.part == "action_units":
        return _units(args)
    from micron_bert.training.calibrate import calibrate

    result = calibrate(
        args.model, args.faces, args.pairs, args.false_alarms, args.test_fraction, args.split_seed, args.processes
    )
    error, alarms = result["expected_calibration_error"], result["false_alarms"]
    print(
        f"{args.model}: temperature {result['temperature']:.2f}, none {result['none_offset']:+.2f}; on other people "
        f"expected calibration error {error['before']:.3f} -> {error['after']:.3f}, "
        f"false alarms {alarms['before']:.1%} -> {alarms['after']:.1%}"
    )
    return 0


def _units(args) -> int:
    from micron_bert.labels.action_units import unit_title
    from micron_bert.training.unit_calibration import calibrate_action_units

    result = calibrate_action_units(
        args.model, args.faces, args.pairs, args.test_fraction, args.split_seed, args.processes
    )
    for number, unit in result["by_unit"].items():
        told = "-" if unit["f1"] is None else f"{unit['f1']:.3f}"
        print(f"{unit_title(number):<30} shown from {unit['threshold']:.2f} on, F1 {told} ({unit['occurs']} pairs)")
    macro, sides = result["macro_f1"], result["one_sided_accuracy"]
    told = f"{args.model}: on other people macro F1 {macro['before']:.3f} -> {macro['after']:.3f}"
    if sides["after"] is not None:
        told += f", side right in {sides['before']:.1%} -> {sides['after']:.1%} of one-sided units"
    print(told)
    return 0

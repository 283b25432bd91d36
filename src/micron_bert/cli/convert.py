"""`micron-bert convert CHECKPOINT.pth OUTPUT_DIR`."""


def add_arguments(parser):
    parser.add_argument("checkpoint", metavar="CHECKPOINT.pth", help="the file its authors released")
    parser.add_argument("output", metavar="OUTPUT_DIR", help="new folder for `from_pretrained`")
    parser.add_argument(
        "--teacher", action="store_true", help="also write OUTPUT_DIR/teacher with the encoder of DINO's teacher"
    )


def main(args) -> int:
    from micron_bert.output_folder import check_output

    output = check_output(args.output, [args.checkpoint], option="OUTPUT_DIR")  # before torch is loaded

    from micron_bert.checkpoints.convert import convert

    print(convert(args.checkpoint, output, teacher=args.teacher))
    return 0

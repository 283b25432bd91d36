"""The options that choose a model and what computes it, shared by the commands that run one."""


def add_arguments(parser):
    parser.add_argument("--model", help="folder or Hub id of a fine-tuned μ-BERT (default: the one in the package)")
    parser.add_argument("--device", help="such as cuda or cpu (default: a GPU where there is one)")
    parser.add_argument(
        "--runtime", choices=("torch", "onnx"), help="what computes the model (default: torch where it is installed)"
    )

    parser.add_argument(
        "--dtype",
        choices=("float32", "bfloat16", "float16"),
        help="of torch's matrix products; displaced attention stays float32 (default: float32)",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="say where each step is computed")


def open_recognizer(args):
    """The [`~micron_bert.recognition.recognizer.Recognizer`] that the options describe, loaded without a word."""
    from micron_bert.recognition.recognizer import Recognizer
    from micron_bert.recognition.runtimes import default_runtime

    if (args.runtime or default_runtime()) == "torch":
        from transformers.utils import logging

        logging.disable_progress_bar()
    recognizer = Recognizer.from_pretrained(args.model, args.device, args.runtime, args.dtype)
    if args.verbose:
        import sys

        from micron_bert.recognition.placement import placement_of

        for step in placement_of(recognizer.runtime):
            print(step, file=sys.stderr)
    return recognizer

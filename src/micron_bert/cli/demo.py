"""`micron-bert demo`: the page for visitors, on this computer."""


def add_arguments(parser) -> None:
    parser.add_argument("--model", help="folder or Hub id of a fine-tuned μ-BERT (default: the one in the package)")
    parser.add_argument(
        "--runtime", choices=("torch", "onnx"), help="what computes the model (default: torch where it is installed)"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=7860, help="port to listen on (default: %(default)s)")
    parser.add_argument(
        "--share",
        choices=("no", "yes"),
        default="no",
        help="a public address through Gradio's servers, which all pictures then pass (default: %(default)s)",
    )


def main(args) -> int:
    from importlib.util import find_spec

    from micron_bert.arguments.number import check_bounds
    from micron_bert.errors import InputError

    check_bounds(args, {"port": (0, 65535)}, prefix="--")
    if find_spec("gradio") is None:
        raise InputError("The demo needs Gradio; install it with `pip install micron-bert[demo]`.")

    from micron_bert.demo.server import serve

    serve(args.model, args.host, args.port, share=args.share == "yes", runtime=args.runtime)
    return 0

"""The page: what is on it, and what happens on it. Its texts stand in `text.py`."""

import os
from importlib import resources
from pathlib import Path

import gradio as gr
from starlette.middleware import Middleware

from micron_bert.demo import text
from micron_bert.demo.analysis import Analyst
from micron_bert.demo.answer import LONGEST_ANALYSIS
from micron_bert.demo.connections import IdleConnections
from micron_bert.demo.guard import Guard, address_of
from micron_bert.demo.limits import LARGEST_FILE
from micron_bert.demo.live import EVERY, LiveSession
from micron_bert.demo.look import CSS, theme
from micron_bert.demo.result_place import ResultPlace
from micron_bert.demo.turns import Turns
from micron_bert.demo.uploads import frame_of
from micron_bert.demo.views import movement_view
from micron_bert.demo.waiting import Waiting
from micron_bert.errors import InputError
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.synthesis.example_clips import make_examples

KEPT, SWEPT = 600, 60  # seconds: how old files become, and how often that is looked at
WAITING = 20  # visitors in the queue
AT_ONCE, CAMERAS = 1, 2  # analyses and live cameras at a time, for two cores
CAMERA_TURN = 60  # seconds after which a camera makes room for the next visitor
CAMERA = gr.WebcamOptions(
    mirror=False, constraints={"video": {"width": 640, "height": 480, "frameRate": 30}, "audio": False}
)


def open_demo(
    model: str | None = None, examples: str | os.PathLike | None = None, runtime: str | None = None, **options
) -> gr.Blocks:
    """
    Makes the page and serves it in the background.

    Args:
        model (`str`, *optional*):
            Folder or Hub id of a fine-tuned μ-BERT; the small one that comes with the package if left out.
        examples (`str` or `os.PathLike`, *optional*):
            Where the clips to try are kept, see [`make_examples`].
        runtime (`str`, *optional*):
            `"torch"` or `"onnx"`; torch where it is installed if left out.
        options:
            As for `gradio.Blocks.launch`.

    Returns:
        `gradio.Blocks`: the page; `local_url` is its address.
    """
    clips, pair = make_examples(examples)
    # a folder by its own name: where it lies on the server is nobody's business
    name = Path(model).name if model and Path(model).is_dir() else model or "tiny (shipped)"
    demo = _page(Analyst(Recognizer.from_pretrained(model, runtime=runtime)), clips, pair, name, text.limits_of(model))
    # without `api_open=False` a program could ask past the queue
    demo.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE, api_open=False)
    demo.launch(
        theme=theme(),
        css=CSS,
        max_file_size=LARGEST_FILE * 2**20,
        allowed_paths=[str(clips[0].parent)],
        footer_links=["api", "settings"],
        run_history=False,  # Gradio would keep what visitors looked at
        ssr_mode=False,
        app_kwargs={"middleware": [Middleware(Guard)]},
        prevent_thread_lock=True,
        _frontend=False,  # Gradio would give up on a server that needs 3 s for its first page, as on a busy machine
        **options,
    )
    IdleConnections(demo.server.server_state.connections).watch()
    return demo


def _page(analyst: Analyst, clips: list[Path], pair: tuple[Path, Path], model: str, limits: str) -> gr.Blocks:
    waiting = Waiting(LONGEST_ANALYSIS)
    with gr.Blocks(title=text.TITLE, analytics_enabled=False, delete_cache=(SWEPT, KEPT)) as demo:
        gr.Markdown(f"# {text.TITLE}\n{text.INTRODUCTION}", elem_id="introduction")
        consent = text.CONSENT.format(minutes=(KEPT + SWEPT) // 60)
        gr.Markdown(f"{consent}\n\n{text.WARNING}", elem_id="notice")
        demo.load(None, js=(resources.files("micron_bert.demo") / "page" / "page.js").read_text(encoding="utf-8"))
        with gr.Tab("Clip"):
            _clip_tab(analyst, clips, model, limits, waiting)
        with gr.Tab("Two pictures"):
            _pair_tab(analyst, pair, model, limits, waiting)
        with gr.Tab("Live"):
            _live_tab(analyst)
    return demo


def _clip_tab(analyst: Analyst, examples: list[Path], model: str, limits: str, waiting: Waiting) -> None:
    with gr.Row(elem_classes="sides"):
        with gr.Column(scale=2, min_width=300, elem_classes="given"):
            # with sound, which the camera is not asked for: Gradio would convert the film to take it out
            gr.Markdown(text.CLIP_WAYS, elem_classes="hint")
            source = gr.Video(label="Clip", sources=["upload", "webcam"], include_audio=True, webcam_options=CAMERA)
            button = gr.Button(text.BUTTON, variant="primary")
            gr.Markdown(text.CLIP_HINT, elem_classes="hint")
            _examples([[str(path)] for path in examples], [source], text.EXAMPLES)
        with gr.Column(scale=3, min_width=300):
            place = ResultPlace(limits, curve=True, waiting=waiting)
    place.connect(button, analyst.analyse_clip, [source], text.NO_CLIP, model, "clip")


def _pair_tab(analyst: Analyst, example: tuple[Path, Path], model: str, limits: str, waiting: Waiting) -> None:
    with gr.Row(elem_classes="sides"):
        with gr.Column(scale=2, min_width=300, elem_classes="given"):
            gr.Markdown(text.PAIR_HINT, elem_classes="hint")
            options = {"type": "filepath", "sources": ["upload", "clipboard"], "height": 200, "min_width": 130}
            with gr.Row():
                onset = gr.Image(label="Onset", **options)
                apex = gr.Image(label="Apex", **options)
            for picture in (onset, apex):
                # the file as it came: Gradio would open it before its limits are checked
                picture.preprocess = lambda upload: upload and upload.path
            button = gr.Button("Compare", variant="primary")
            _examples([[str(path) for path in example]], [onset, apex], text.PAIR_EXAMPLE)
        with gr.Column(scale=3, min_width=300):
            place = ResultPlace(limits, curve=False, waiting=waiting)
    place.connect(button, analyst.analyse_pair, [onset, apex], text.NO_PICTURES, model, "pictures")


def _examples(rows: list[list[str]], inputs: list, label: str) -> None:
    examples = gr.Dataset(components=inputs, samples=rows, label=label, type="values", elem_classes="examples")
    # `gr.Examples` would put new components in the place of the inputs
    examples.click(lambda row: row if len(row) > 1 else row[0], examples, inputs, api_visibility="private")


def _live_tab(analyst: Analyst) -> None:
    turns = Turns()

    def push(upload, session, request: gr.Request):
        if upload is None:
            return gr.skip(), session
        if not turns.take(address_of(request.request.scope), request.session_hash):
            return {"note": text.LIVE_ELSEWHERE}, session
        session = session or LiveSession(analyst.spotter)
        try:
            return session.push(frame_of(upload)), session
        except InputError as error:
            return {"note": str(error)}, session

    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            camera = gr.Image(
                elem_id="camera",
                label="Camera",
                sources=["webcam"],
                streaming=True,
                type="numpy",
                webcam_options=CAMERA,
            )
        with gr.Column(scale=3, min_width=300):
            curve = movement_view({"note": text.LIVE_BEFORE}, elem_id="live-curve")
            gr.Markdown(text.LIVE_HINT.format(rate=1 / EVERY), elem_classes="hint")
    camera.preprocess = lambda upload: upload  # Gradio would decode it before its limits are checked
    session = gr.State(time_to_live=2 * CAMERA_TURN)
    camera.stream(
        push,
        [camera, session],
        [curve, session],
        stream_every=EVERY,
        time_limit=CAMERA_TURN,
        concurrency_limit=CAMERAS,
        concurrency_id="camera",
        show_progress="hidden",
        api_visibility="private",
    )

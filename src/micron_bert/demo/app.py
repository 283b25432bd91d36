"""The page: what is on it, and what happens on it."""

import os
import re
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import gradio as gr

from micron_bert.demo import notice
from micron_bert.demo.analysis import Analysis, Analyst
from micron_bert.demo.archive import pack
from micron_bert.demo.examples import make_examples
from micron_bert.demo.limits import LARGEST_FILE
from micron_bert.demo.live import EVERY, LiveSession
from micron_bert.demo.look import CSS, theme
from micron_bert.demo.uploads import held
from micron_bert.demo.views import describe, movement_of, movement_view, pair_of, pair_view
from micron_bert.errors import InputError
from micron_bert.recognition import Recognizer

KEPT, SWEPT = 600, 60  # seconds: how old files become, and how often that is looked at
WAITING = 20  # visitors in the queue
AT_ONCE, CAMERAS = 1, 2  # analyses and live cameras at a time, for two cores
CAMERA_TURN = 60  # seconds after which a camera makes room for the next visitor
CAMERA = gr.WebcamOptions(mirror=False, constraints={"video": {"width": 640, "height": 480, "frameRate": 30}})

PROGRESS = gr.Progress()  # Gradio fills it in for each visitor


def make_demo(model: str | None = None, examples: str | os.PathLike | None = None) -> gr.Blocks:
    """
    The page, ready to be launched.

    Args:
        model (`str`, *optional*):
            Folder or Hub id of a fine-tuned μ-BERT; the small one that comes with the package if left out.
        examples (`str` or `os.PathLike`, *optional*):
            Where the clips to try are kept, see [`make_examples`].
    """
    analyst = Analyst(Recognizer.from_pretrained(model))
    clips, pair = make_examples(examples)
    name = model or "tiny (shipped)"
    with gr.Blocks(title=notice.TITLE, analytics_enabled=False, delete_cache=(SWEPT, KEPT)) as demo:
        gr.Markdown(f"# {notice.TITLE}\n{notice.INTRODUCTION}")
        consent = notice.CONSENT.format(minutes=(KEPT + SWEPT) // 60)
        gr.Markdown(f"{consent}\n\n{notice.WARNING}", elem_id="notice")
        with gr.Tab("Clip"):
            _clip_tab(analyst, clips, name)
        with gr.Tab("Two pictures"):
            _pair_tab(analyst, pair, name)
        with gr.Tab("Live"):
            _live_tab(analyst)
    return demo.queue(max_size=WAITING, default_concurrency_limit=AT_ONCE)


def launch(demo: gr.Blocks, **options):
    """Starts the server; `options` as for `gradio.Blocks.launch`."""
    return demo.launch(
        theme=theme(),
        css=CSS,
        max_file_size=LARGEST_FILE * 2**20,
        footer_links=["api", "settings"],
        run_history=False,  # Gradio would keep what visitors looked at
        ssr_mode=False,
        **options,
    )


def _clip_tab(analyst: Analyst, examples: list[Path], model: str) -> None:
    def analyse(clip, progress=PROGRESS):
        if clip is None:
            raise _error("No clip", "Upload or record a clip first.")
        return _answer(analyst.analyse_clip, [clip], model, progress)

    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            source = gr.Video(label="Clip", sources=["upload", "webcam"], include_audio=False, webcam_options=CAMERA)
            _hand_on(source)
            button = gr.Button("Find the micro-expression", variant="primary")
            gr.Markdown(notice.CLIP_HINT, elem_classes="hint")
            names = [f"synthetic {path.stem}" for path in examples]
            _examples([[str(path)] for path in examples], [source], names)
        with gr.Column(scale=3, min_width=300):
            _connect(button, analyse, [source], "clip")


def _pair_tab(analyst: Analyst, example: tuple[Path, Path], model: str) -> None:
    def analyse(onset, apex, progress=PROGRESS):
        if onset is None or apex is None:
            raise _error("A picture is missing", "Upload both pictures first.")
        return _answer(analyst.analyse_pair, [onset, apex], model, progress)

    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            options = {"type": "filepath", "sources": ["upload", "clipboard"], "height": 200}
            onset, apex = (
                gr.Image(label="Onset: at rest", **options),
                gr.Image(label="Apex: moved furthest", **options),
            )
            _hand_on(onset, apex)
            button = gr.Button("Compare", variant="primary")
            gr.Markdown(notice.PAIR_HINT, elem_classes="hint")
            _examples([[str(path) for path in example]], [onset, apex], ["synthetic happiness"])
        with gr.Column(scale=3, min_width=300):
            _connect(button, analyse, [onset, apex], "pair")


def _hand_on(*uploads: gr.components.Component) -> None:
    """Passes files as they came: Gradio would open or convert them before their limits are checked."""
    for component in uploads:
        component.preprocess = lambda upload: upload and upload.path


def _examples(rows: list[list[str]], inputs: list, names: list[str]) -> None:
    gr.Examples(rows, inputs, example_labels=names, cache_examples=False, label=notice.EXAMPLES)


def _connect(button: gr.Button, analyse: Callable, inputs: list, name: str) -> None:
    """The place of the results, which shows them when there are any."""
    verdict = gr.Markdown(notice.BEFORE, elem_classes="verdict", min_height=96)
    with gr.Column(visible=False) as details:
        bars = gr.Label(label="Emotion", show_heading=False)
        pair, movement = pair_view(), movement_view()
        download = gr.DownloadButton("Download the result")
    outputs = [verdict, bars, pair, movement, download]
    started = button.click(lambda: ("", gr.Column(visible=False)), None, [verdict, details], api_visibility="private")
    answered = started.then(
        analyse, inputs, outputs, api_name=name, concurrency_id="analysis", show_progress_on=verdict
    )
    answered.success(lambda: gr.Column(visible=True), None, details, api_visibility="private")
    answered.failure(lambda: notice.AFTER_ERROR, None, verdict, api_visibility="private")


def _live_tab(analyst: Analyst) -> None:
    def push(image, session):
        if image is None:
            return gr.skip(), session
        session = session or LiveSession(analyst.spotter)
        return session.push(image), session

    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            camera = gr.Image(label="Camera", sources=["webcam"], streaming=True, type="numpy", webcam_options=CAMERA)
        with gr.Column(scale=3, min_width=300):
            curve = movement_view({"note": notice.LIVE_HINT.format(rate=1 / EVERY)}, elem_id="live-curve")
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
        api_name="live",
    )


def _answer(analyse: Callable, uploads: list[str], model: str, progress: gr.Progress) -> tuple:
    """Verdict, probabilities, both views and the file to download, or one sentence about what is wrong."""
    try:
        with held(uploads) as paths:
            analysis: Analysis = analyse(*paths, lambda share, words: progress(share, desc=words))
        progress(0.95, desc="Drawing")
        archive = _save(pack(analysis, model))
        return (
            _verdict(analysis),
            analysis.recognition.probabilities,
            pair_of(analysis),
            movement_of(analysis),
            archive,
        )
    except InputError as error:
        raise _error("That did not work", _without_paths(str(error))) from error
    except Exception as error:
        traceback.print_exc()
        raise _error("Our mistake", "Something went wrong here, not with your clip; please try once more.") from error


def _error(title: str, sentence: str) -> gr.Error:
    """A message that stays until it is read."""
    return gr.Error(sentence, duration=None, title=title, print_exception=False)


def _verdict(analysis: Analysis) -> str:
    found = analysis.recognition
    sure = f"{found.label}, {found.probabilities[found.label]:.0%}"
    if analysis.curve is None:
        return f"### {sure.capitalize()}\nThe face moved by {found.movement:.2f} % of the distance between the eyes."
    if analysis.interval is None:
        return (
            "### No expression stands out\n"
            f"Below is the strongest quick movement of the clip, which the model calls {sure}."
        )
    return f"### {sure.capitalize()}\nAt {describe(analysis.interval)}."


def _without_paths(sentence: str) -> str:
    """Files by their own names: the server's folders are nobody's business."""
    return re.sub(re.escape(os.environ["GRADIO_TEMP_DIR"]) + r"[^`]*/", "", sentence)


def _save(archive: bytes) -> str:
    """A file in Gradio's own cache, which it deletes after a while."""
    folder = tempfile.mkdtemp(dir=os.environ["GRADIO_TEMP_DIR"])
    path = Path(folder) / "micro-expression.zip"
    path.write_bytes(archive)
    return str(path)

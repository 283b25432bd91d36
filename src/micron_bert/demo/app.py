"""The page: what is on it, and what happens on it."""

import os
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
from micron_bert.demo.views import describe, movement_of, movement_view, pair_of, pair_view
from micron_bert.errors import InputError
from micron_bert.recognition import Recognizer

KEPT, SWEPT = 300, 60  # seconds: how old files become, and how often that is looked at
WAITING = 20  # visitors in the queue
AT_ONCE, CAMERAS = 1, 2  # analyses and live cameras at a time, for two cores
CAMERA_TURN = 60  # seconds after which a camera makes room for the next visitor
CAMERA = gr.WebcamOptions(mirror=False, constraints={"video": {"width": 640, "height": 480, "frameRate": 30}})

PROGRESS = gr.Progress()  # Gradio fills it in for each visitor


def make_demo(model: str | None = None) -> gr.Blocks:
    """
    The page, ready to be launched.

    Args:
        model (`str`, *optional*):
            Folder or Hub id of a fine-tuned μ-BERT; the small one that comes with the package if left out.
    """
    analyst = Analyst(Recognizer.from_pretrained(model))
    clips, pair = make_examples()
    name = model or "tiny (shipped)"
    with gr.Blocks(title=notice.TITLE, analytics_enabled=False, delete_cache=(SWEPT, KEPT)) as demo:
        gr.Markdown(f"# {notice.TITLE}\n{notice.INTRODUCTION}")
        minutes = (KEPT + SWEPT) // 60
        gr.Markdown(f"{notice.CONSENT.format(minutes=minutes)}\n\n{notice.WARNING}", elem_classes="notice")
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
            raise gr.Error("Upload or record a clip first.", title="No clip", print_exception=False)
        return _answer(lambda tell: analyst.analyse_clip(clip, tell), [clip], model, progress)

    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            source = gr.Video(label="Clip", sources=["upload", "webcam"], include_audio=False, webcam_options=CAMERA)
            # the file as it came: Gradio would convert it to take the sound out, before its limits are checked
            source.preprocess = lambda upload: upload and upload.path
            gr.Markdown(notice.CLIP_HINT, elem_classes="hint")
            button = gr.Button("Find the micro-expression", variant="primary")
        with gr.Column(scale=3, min_width=300):
            outputs = _results()
    gr.Examples(
        [[str(path)] for path in examples],
        source,
        example_labels=[f"synthetic {path.stem}" for path in examples],
        cache_examples=False,
        label="Examples, made from a photograph of Eileen Collins (NASA, public domain)",
    )
    button.click(analyse, source, outputs, api_name="clip", concurrency_id="analysis")


def _pair_tab(analyst: Analyst, example: tuple[Path, Path], model: str) -> None:
    def analyse(onset, apex, progress=PROGRESS):
        if onset is None or apex is None:
            raise gr.Error("Upload both pictures first.", title="A picture is missing", print_exception=False)
        return _answer(lambda tell: analyst.analyse_pair(onset, apex, tell), [onset, apex], model, progress)

    with gr.Row():
        with gr.Column(scale=2, min_width=300):
            # as files, in whatever mode: their size is checked before they are decoded
            options = {"type": "filepath", "image_mode": None, "sources": ["upload", "clipboard"], "height": 200}
            onset, apex = (
                gr.Image(label="Onset: at rest", **options),
                gr.Image(label="Apex: moved furthest", **options),
            )
            gr.Markdown(notice.PAIR_HINT, elem_classes="hint")
            button = gr.Button("Compare", variant="primary")
        with gr.Column(scale=3, min_width=300):
            outputs = _results()
    gr.Examples(
        [[str(path) for path in example]],
        [onset, apex],
        example_labels=["onset and apex of the synthetic happiness"],
        cache_examples=False,
        label="Example, made from a photograph of Eileen Collins (NASA, public domain)",
    )
    button.click(analyse, [onset, apex], outputs, api_name="pair", concurrency_id="analysis")


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


def _results() -> list:
    verdict = gr.Markdown("The result appears here.", elem_classes="verdict")
    bars = gr.Label(label="Emotion", show_heading=False)
    pair, movement = pair_view(), movement_view()
    download = gr.DownloadButton("Download the result", interactive=False)
    return [verdict, bars, pair, movement, download]


def _answer(analyse: Callable, uploads: list[str], model: str, progress: gr.Progress) -> tuple:
    """The values of `_results`, or one sentence about what is wrong."""
    try:
        analysis: Analysis = analyse(lambda share, words: progress(share, desc=words))
        progress(0.95, desc="Drawing")
        archive = _save(pack(analysis, model))
        return (
            _verdict(analysis),
            analysis.recognition.probabilities,
            pair_of(analysis),
            movement_of(analysis),
            gr.DownloadButton(value=archive, interactive=True),
        )
    except InputError as error:
        raise gr.Error(_sentence(error, uploads), title="That did not work", print_exception=False) from error
    except Exception as error:
        traceback.print_exc()
        sentence = "Something went wrong here, not with your clip; please try once more."
        raise gr.Error(sentence, title="Our mistake", print_exception=False) from error


def _verdict(analysis: Analysis) -> str:
    found = analysis.recognition
    sure = f"{found.label}, {found.probabilities[found.label]:.0%}"
    if analysis.curve is None:
        return f"### {sure}\nThe face moved by {found.movement:.2f} % of the distance between the eyes."
    if analysis.interval is None:
        return f"### {sure}\nNo expression stands out; this is the strongest quick movement of the clip."
    return f"### {sure}\n{describe(analysis.interval)}."


def _sentence(error: InputError, uploads: list[str]) -> str:
    """The error without the server's paths."""
    sentence = str(error)
    for path in uploads:
        sentence = sentence.replace(str(path), Path(path).name)
    return sentence


def _save(archive: bytes) -> str:
    """A file in Gradio's own cache, which it deletes after a while."""
    folder = tempfile.mkdtemp(dir=os.environ["GRADIO_TEMP_DIR"])
    path = Path(folder) / "micro-expression.zip"
    path.write_bytes(archive)
    return str(path)

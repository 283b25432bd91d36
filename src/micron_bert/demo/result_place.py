"""Where a result stands: the verdict, what there is to see of it, and a refusal in the same place."""

from collections.abc import Callable

import gradio as gr

from micron_bert.demo import text
from micron_bert.demo.answer import answer, answer_to_program, look_at, message, names_told, no_result
from micron_bert.demo.views import movement_view, pair_view
from micron_bert.demo.waiting import Waiting
from micron_bert.errors import InputError

# on a phone the results are below what is on the screen
SHOW = """() => document.querySelector("[role=tabpanel]:not([style*=none]) .verdict")
    ?.scrollIntoView({behavior: "smooth", block: innerWidth < 700 ? "start" : "nearest"})"""
PROGRESS = gr.Progress()  # Gradio fills it in for each visitor


class ResultPlace:
    """
    The components of a result, put where it is made.

    Args:
        limits (`str`): what the model is known to miss and to mistake; Markdown.
        curve (`bool`): whether there is a movement over time.
        waiting ([`Waiting`]): those who wait for any place.
    """

    def __init__(self, limits: str, curve: bool, waiting: Waiting):
        self.waiting = waiting
        self.verdict = gr.Markdown(text.BEFORE if curve else text.BEFORE_PAIR, elem_classes="verdict", min_height=64)
        with gr.Column(visible=False) as self.details:
            self.views = [pair_view()]
            if curve:
                self.views.append(movement_view())
            with gr.Accordion(text.CLASSES, open=False):
                self.views.append(gr.Markdown())
            with gr.Accordion(text.LIMITS, open=False):
                gr.Markdown(limits)
            self.views.append(gr.DownloadButton("Download the result"))
        # what a program is told; nobody sees these
        files = [gr.File(label=name, visible=False) for name in names_told(curve)]
        self.told = [gr.JSON(label="record", visible=False), *files]
        self.asked = gr.Button(visible=False)

    def connect(self, button: gr.Button, analyse: Callable, inputs: list, missing: str, model: str, name: str) -> None:
        """
        Lets a button fill the place, and programs ask for the same.

        Args:
            button (`gradio.Button`): what visitors press.
            analyse (`Callable`): gets the files and a function that is told the progress.
            inputs (`list`): components that hold the files.
            missing (`str`): what is said where one of them is empty.
            model (`str`): its name, for the record.
            name (`str`): of the endpoint.
        """

        def arrive(*uploads):
            self.waiting.arrive(uploads)
            fine = [gr.validate(True, "") for _ in uploads]
            return fine if len(fine) > 1 else fine[0]

        def look(uploads, progress):
            self.waiting.begin(uploads)
            if any(upload is None for upload in uploads):
                raise InputError(missing)
            return look_at(analyse, list(uploads), progress, self.waiting)

        def show(*uploads, progress=PROGRESS):
            try:
                verdict, *views = answer(look(uploads, progress), model)
            except InputError as error:
                return [no_result(error), gr.Column(visible=False), *(gr.skip() for _ in self.views)]
            return [verdict, gr.Column(visible=True), *views]

        def tell(*uploads, progress=PROGRESS):
            try:
                return answer_to_program(look(uploads, progress), model)
            except InputError as error:
                raise message(str(error)) from error

        private = {"api_visibility": "private"}
        button.click(None, js=SHOW, **private)
        started = button.click(
            lambda: ("", gr.Column(visible=False)),
            None,
            [self.verdict, self.details],
            show_progress="hidden",
            **private,
        )
        outputs = [self.verdict, self.details, *self.views]
        # Gradio asks the validator when somebody joins the queue
        queued = {"concurrency_id": "analysis", "validator": arrive}
        shown = started.then(show, inputs, outputs, show_progress_on=self.verdict, **queued, **private)
        shown.then(None, js=SHOW, **private)
        self.asked.click(tell, inputs, self.told, api_name=name, **queued)

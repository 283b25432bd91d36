"""Asking about a film or a pair of pictures: it is measured once, and every question is answered from that."""

import os

from micron_bert.arguments.strictness import STRICTNESS
from micron_bert.questions.answer import Answer, Measured, answer
from micron_bert.questions.question import Question, understand
from micron_bert.recognition.recognition import Recognition
from micron_bert.recognition.recognizer import Recognizer
from micron_bert.spotting.spotter import Spotter

Source = str | os.PathLike | tuple
KEPT = 8  # films whose measurements are kept, so that a second question costs nothing


class Questioner:
    """
    Answers questions about films from what was measured in them, with the evidence.

    Args:
        recognizer ([`Recognizer`]):
            Its model measures.
        strictness (`float`, defaults to 0.5):
            As for [`Spotter`].
        assume_expression (`bool`, defaults to `False`):
            Take it that each film shows an expression, as clips do that were cut to one: the likeliest class and units
            are answered then, where otherwise the answer would be `none`.

    Example:

    ```python
    questioner = Questioner.from_pretrained()
    print(questioner.ask("interview.mp4", "What are the action units?"))
    ```
    """

    def __init__(self, recognizer: Recognizer, strictness: float = STRICTNESS, assume_expression: bool = False):
        self.recognizer, self.assumed = recognizer, assume_expression
        self.spotter = Spotter(recognizer, strictness)
        self._measured: dict = {}

    @classmethod
    def from_pretrained(
        cls, model: str | os.PathLike | None = None, device: str | None = None, **options
    ) -> "Questioner":
        """
        Args:
            model, device: as for [`Recognizer.from_pretrained`].
            options: `strictness` and `assume_expression`.
        """
        return cls(Recognizer.from_pretrained(model, device), **options)

    def ask(self, source: Source, question: str, **options) -> Answer:
        """
        Args:
            source (`str`, `os.PathLike` or a pair of these):
                A film, a folder of frames, or `(onset, apex)` pictures.
            question (`str`):
                In English, in any wording.
            options:
                What [`Spotter.recognize`] takes for a film, [`Recognizer.recognize_pair`] for a pair.

        Raises:
            [`NoAnswer`]: the question is not one that what was measured can answer; it says why in a sentence.
            [`InputError`]: the source cannot be used.
        """
        understood = understand(question)  # before anything is measured
        return self.answer(understood, self.measure(source, **options))

    def answer(self, asked: Question, recognition: Recognition) -> Answer:
        """The answer to an understood question from a recognition that is there already."""
        return answer(asked, Measured(recognition, self.assumed))

    def measure(self, source: Source, **options) -> Recognition:
        """What questions about a film are answered from; of the last films it is kept."""
        key = (tuple(map(str, source)) if isinstance(source, tuple) else str(source), tuple(sorted(options.items())))
        if key not in self._measured:
            told = self._of_pair(source, options) if isinstance(source, tuple) else self._of_film(source, options)
            self._measured[key] = told
            while len(self._measured) > KEPT:
                self._measured.pop(next(iter(self._measured)))
        return self._measured[key]

    def _of_pair(self, source: tuple, options: dict) -> Recognition:
        return self.recognizer.recognize_pair(*source, **options)

    def _of_film(self, source: str | os.PathLike, options: dict) -> Recognition:
        return self.spotter.recognize(source, **options)

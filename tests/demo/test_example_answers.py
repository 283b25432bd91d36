"""What a visitor tries first is answered rightly."""

import pytest

from micron_bert.synthesis.example_clips import CLIPS, make_examples


@pytest.mark.slow
def test_answers_are_right(analyst, tmp_path):
    """What a visitor sees first is right: an expression where there is one, and none where there is none."""
    clips, _ = make_examples(tmp_path)
    answers = {path.stem: analyst.analyse_clip(path, lambda *_: None).recognition for path in clips}
    for name, example in CLIPS.items():
        assert answers[name].detection.detected == ("no" if example.emotion is None else "yes"), name
    reasons = [answers[name].detection.reason for name in CLIPS if CLIPS[name].emotion is None]
    assert reasons == ["speech", "blink", "too little movement"]
    assert [answers[name].label for name in CLIPS if CLIPS[name].emotion] == ["positive", "surprise", "negative"]

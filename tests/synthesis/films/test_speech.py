import numpy as np

from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.speech import Speech


def test_speech_opens_the_jaw_in_bouts_and_rests_between(rng):
    speech = Speech.draw(rng, 120.0, EventRates(speech=0.3))
    total = sum(end - start for start, end in speech.bouts)
    assert 0.2 < total / 120 < 0.35
    talking, silent = [], []
    for time in np.arange(0, 120, 0.02):
        inside = any(start <= time <= end for start, end in speech.bouts)
        (talking if inside else silent).append(speech.at(time))
    assert np.abs(silent).max() < 1e-6
    assert 0.8 < np.mean(np.array(talking)[:, 0]) < 4 and np.max(talking) < 20
    rates = [
        np.sum((speech.centres >= start) & (speech.centres <= end)) / (end - start) for start, end in speech.bouts
    ]
    assert 2 < min(rates) and max(rates) < 7

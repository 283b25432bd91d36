from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.timeline import Timeline


def test_nothing_happens_where_nothing_is_asked_for(rng):
    nothing = EventRates(micro=0, macro=0, speech=0, blink=0, gaze=0, turn=0, light=0)
    timeline = Timeline.draw(rng, 30.0, nothing)
    assert timeline.expressions == [] and not any(timeline.others().values())
    assert timeline.speech.at(3.0).tolist() == [0, 0, 0] and timeline.light.at(3.0).shape == (2,)


def test_blinks_come_about_as_often_as_people_blink(rng):
    blinks = Timeline.draw(rng, 600.0, EventRates(speech=0)).blinks
    assert 120 < len(blinks) < 200
    assert all(one.end < other.start for one, other in zip(blinks, blinks[1:], strict=False))

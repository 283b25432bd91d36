import numpy as np

from micron_bert.synthesis.films.event_rates import EventRates
from micron_bert.synthesis.films.expressions import draw_expressions


def test_expressions_have_the_asked_numbers_sizes_and_lengths(rng):
    expressions = draw_expressions(rng, 600.0, EventRates(micro=10, macro=4))
    micro = [one for one in expressions if one.kind == "micro"]
    macro = [one for one in expressions if one.kind == "macro"]
    assert (len(micro), len(macro)) == (100, 40)
    sizes = np.array([one.amplitude for one in micro])
    # log-uniform: as many below as above the geometric mean
    assert 0.2 <= sizes.min() and sizes.max() <= 2.0 and 0.35 < (sizes < np.sqrt(0.4)).mean() < 0.65
    assert all(one.course.offset - one.course.onset <= 0.5 for one in micro)
    assert all(0.5 < one.course.offset - one.course.onset <= 4 for one in macro)
    assert all(2 <= one.amplitude <= 10 for one in macro)
    assert len({one.emotion for one in micro}) >= 6 and len({one.seed for one in expressions}) == 140
    starts = [one.course.onset for one in expressions]
    assert starts == sorted(starts)

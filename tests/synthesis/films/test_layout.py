import numpy as np
import pytest

from micron_bert.errors import InputError
from micron_bert.synthesis.films.layout import lay_out


def test_pieces_of_time_keep_apart_and_fill_all_of_it(rng):
    lengths = [2.0, 0.5, 3.0]
    first, last = [], []
    for _ in range(200):
        starts = lay_out(rng, lengths, 10.0)
        ends = np.add(starts, lengths)
        assert starts[0] >= 0.7 and ends[-1] <= 9.3 + 1e-9
        assert all(start - end >= 0.7 - 1e-9 for start, end in zip(starts[1:], ends[:-1], strict=True))
        first.append(starts[0])
        last.append(ends[-1])
    assert min(first) < 0.9 and max(last) > 9.1
    assert lay_out(rng, [], 1.0) == []
    with pytest.raises(InputError, match="do not fit"):
        lay_out(rng, lengths, 7.0)

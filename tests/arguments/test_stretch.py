import pytest

from micron_bert.arguments.stretch import stretch_of
from micron_bert.errors import InputError


def test_seconds_from_and_to():
    assert stretch_of("--neutral", "0-3.5") == (0.0, 3.5)


@pytest.mark.parametrize("text", ["3", "3-1", "2-2", "a-b", "-1-2", "0-nan", "0-inf", "", "1-2-3"])
def test_anything_else_is_refused_with_the_form(text):
    with pytest.raises(InputError, match="`--neutral` is .*from and to, such as `0-3.5`"):
        stretch_of("--neutral", text)

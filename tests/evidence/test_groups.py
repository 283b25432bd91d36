"""Groups of people: everybody makes the same movements, and darker skin is told from lighter skin."""

import numpy as np
import pytest

from benchmarks.groups import attributes_of, one_each, skin_type, table_of, typology_angle
from micron_bert.synthesis.portraits import Portrait


@pytest.fixture(scope="module")
def portrait(face):
    return Portrait.from_photograph("001", *face, 56)


def darker(portrait, share):
    return Portrait(portrait.subject, np.uint8(share * portrait.image), portrait.landmarks)


def test_skin_type(portrait):
    angles = [typology_angle(darker(portrait, share)) for share in (1.0, 0.7, 0.4)]
    assert angles == sorted(angles, reverse=True)
    assert skin_type(angles[0]).startswith("light") and skin_type(angles[2]).startswith("brown or dark")


def test_what_is_known_of_a_person(portrait):
    table = {"001": {"age": "unknown", "sex": "female", "ethnicity": "white"}}
    assert attributes_of(portrait, table).keys() == {"sex", "skin type"}
    assert attributes_of(Portrait("008m", portrait.image, portrait.landmarks), table)["sex"] == "male"


def test_one_portrait_of_each_person(portrait):
    other = Portrait("002", portrait.image, portrait.landmarks)
    assert [id(one) for one in one_each([portrait, other, darker(portrait, 0.7)])] == [id(portrait), id(other)]


def test_table():
    people = [{"sex": "female", "skin type": "light"}] * 5 + [{"sex": "male"}] * 2
    truth = np.tile(np.arange(4), (7, 2))
    named = truth.copy()
    named[5:] = 3
    rows = {row["group"]: row for row in table_of(people, truth, named)}
    assert rows["female"] == {
        "attribute": "sex", "group": "female", "people": 5, "samples": 40, "uf1": 1.0, "uar": 1.0, "interval": [1, 1],
    }  # fmt: skip
    assert rows["male"]["uar"] == 0.25 and "interval" not in rows["male"] and "light" in rows

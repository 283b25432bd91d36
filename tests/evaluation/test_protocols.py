import pytest
from sklearn.model_selection import LeaveOneGroupOut

from micron_bert.errors import InputError
from micron_bert.evaluation.protocols import holdout, k_fold, leave_one_dataset_out, leave_one_subject_out

PEOPLE = [("smic", "s1"), ("casme2", "s1"), ("smic", "s1"), ("smic", "s10"), ("smic", "s2"), ("casme2", "s3")]
SOURCES = [dataset for dataset, _ in PEOPLE]


def test_one_fold_for_every_dataset_and_subject():
    folds = leave_one_subject_out(PEOPLE)
    assert [fold.name for fold in folds] == ["casme2/s1", "casme2/s3", "smic/s1", "smic/s2", "smic/s10"]
    assert folds[2].test == [0, 2] and folds[0].test == [1]
    expected = LeaveOneGroupOut().split(PEOPLE, groups=["/".join(person) for person in PEOPLE])
    found = {(tuple(fold.train), tuple(fold.test)) for fold in folds}
    assert found == {(tuple(train.tolist()), tuple(test.tolist())) for train, test in expected}


def test_every_clip_is_tested_once_and_by_strangers():
    for folds in (leave_one_subject_out(PEOPLE), k_fold(PEOPLE, 3, seed=0), leave_one_dataset_out(SOURCES)):
        assert sorted(number for fold in folds for number in fold.test) == list(range(6))
        for fold in folds:
            assert not {PEOPLE[n] for n in fold.train} & {PEOPLE[n] for n in fold.test}


def test_holdout_goes_both_ways():
    folds = holdout(SOURCES)
    assert [fold.name for fold in folds] == ["casme2 to smic", "smic to casme2"]
    assert folds[0].train == folds[1].test == [1, 5] and folds[0].test == folds[1].train == [0, 2, 3, 4]


def test_k_fold_follows_its_seed():
    people = [("smic", f"s{n}") for n in range(20)]
    assert k_fold(people, 5, seed=1) == k_fold(people, 5, seed=1) != k_fold(people, 5, seed=2)
    assert [len(fold.test) for fold in k_fold(people, 5, seed=1)] == [4] * 5
    assert [fold.name for fold in k_fold(people, 2, seed=1)] == ["part 1 of 2", "part 2 of 2"]


def test_too_few_people():
    with pytest.raises(InputError, match="`1` subject"):
        leave_one_subject_out([("smic", "s1")] * 3)
    with pytest.raises(InputError, match="between 2 and the number of subjects, `5`; got `6`"):
        k_fold(PEOPLE, 6, seed=0)

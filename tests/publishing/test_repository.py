import pytest

from micron_bert.errors import InputError
from micron_bert.publishing.repository import check_repo_id, siblings


def test_siblings_are_named_after_the_model():
    names = siblings("lab/mb", ["strs", "au_f1"])
    assert names["kernel"] == ["lab/mb-kernel"] and names["metric"] == ["lab/mb-strs", "lab/mb-au_f1"]
    assert len({name for part in names.values() for name in part}) == 7


@pytest.mark.parametrize(
    "wrong", ["", "name", "a/b/c", "a/", "/b", "a b/c", "a/-b", "a/b.", "a/b--c", "a/" + "b" * 90]
)
def test_wrong_ids_are_refused(wrong):
    with pytest.raises(InputError, match="cannot name a repository"):
        check_repo_id(wrong)

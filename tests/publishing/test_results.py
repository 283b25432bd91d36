"""`evaluation.json` beside the weights: what was measured."""

import pytest

from micron_bert.checkpoints.names import shipped_checkpoint
from micron_bert.errors import InputError
from micron_bert.publishing.results import RESULTS_FILE, measured_on_recordings, read_results, unmeasured


def test_results_of_the_shipped_model():
    results = read_results(shipped_checkpoint())
    assert [row["part"] for row in results["results"]] == ["four classes", "three classes"]
    assert all(row["baseline"]["uf1"] < row["uf1"] < 1 for row in results["results"])
    assert unmeasured(results) == [] and not measured_on_recordings(results)


def test_a_checkpoint_without_results(tmp_path):
    assert read_results(tmp_path) == {}
    assert unmeasured({}) == ["age", "sex", "skin type"] and not measured_on_recordings({})


def test_recordings_are_what_nobody_synthesised():
    reports = [{"data": ["synthetic"]}, {"data": ["casme2", "synthetic"]}]
    assert not measured_on_recordings({"evaluations": reports[:1]})
    assert measured_on_recordings({"evaluations": reports})
    assert measured_on_recordings({"benchmark": {"real": True}})


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("{", "no table of results"),
        ('{"results": [{"part": "all"}]}', "it lacks 'uf1'"),
        ('{"results": [{"part": "all", "uf1": 92, "uar": 0.9}]}', "has the score `92`"),
        ('{"groups": [{"attribute": "sex", "uf1": 0.9, "uar": 0.9, "interval": [0.8]}]}', "no table of results"),
        ('{"training": {"summary": "x", "faces": ["paris"]}}', "no set of faces `paris`"),
        ("[]", "it is not a mapping"),
        ("[" * 100_000, "no table of results"),
        ('{"limits": "it fails"}', "`limits` is not a list"),
        ('{"training": {"summary": ["x"]}}', "`summary` is not a text"),
        ('{"results": [{"part": "all", "uf1": true, "uar": 0.9}]}', "`uf1` is not a number"),
        (
            '{"evaluations": [{"method": "x", "protocol": "a", "clips": "", "data": [], "full": {}, "datasets": {}}]}',
            "no table of results",
        ),
    ],
)
def test_damaged_results_are_refused(tmp_path, text, sentence):
    (tmp_path / RESULTS_FILE).write_text(text)
    with pytest.raises(InputError, match=sentence):
        read_results(tmp_path)

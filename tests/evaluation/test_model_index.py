"""The same scores in the report and in the front matter of a card."""

from huggingface_hub.repocard_data import eval_results_to_model_index

from micron_bert.evaluation.model_index import benchmark_results, report_results


def part(uf1):
    return {"clips": 9, "subjects": 3, "uf1": {"mean": uf1}, "uar": {"mean": 0.5}}


def test_every_dataset_has_an_entry_with_its_scores():
    report = {"method": "μ-BERT tiny, fine-tuned", "protocol": "loso", "oracle": False, "known_faces": True}
    report |= {"data": ["casme2", "samm"], "full": part(0.61239), "datasets": {"casme2": part(0.7), "samm": part(0.5)}}
    (index,) = eval_results_to_model_index("model", report_results(report))
    names = [entry["dataset"]["name"] for entry in index["results"]]
    assert names == ["casme2+samm", "casme2", "samm"]
    uf1, uar = index["results"][0]["metrics"]
    assert (uf1["type"], uf1["value"]) == ("f1", 0.6124) and (uar["type"], uar["value"]) == ("recall", 0.5)
    assert "may have seen these faces" in uf1["name"]


def test_benchmark_of_a_checkpoint():
    results = {"benchmark": {"name": "pairs"}, "results": [{"part": "four classes", "uf1": 0.9, "uar": 0.8}]}
    (index,) = eval_results_to_model_index("model", benchmark_results(results))
    assert index["results"][0]["dataset"]["config"] == "four classes"
    assert [metric["name"] for metric in index["results"][0]["metrics"]] == ["UF1, four classes", "UAR, four classes"]
    assert benchmark_results({}) == []

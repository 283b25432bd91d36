"""μ-BERT in the folds: fine-tuned, as it is, and from scratch."""

import pytest
import yaml

from micron_bert.errors import InputError
from micron_bert.evaluation.evaluate import main


def test_model_is_tested_as_it_is(prepared, mini, mini_config, tmp_path, report_of):
    from micron_bert import MicronBertForVideoClassification, MicronBertImageProcessor

    MicronBertForVideoClassification(mini_config).save_pretrained(tmp_path / "model")
    MicronBertImageProcessor(size={"height": 32, "width": 32}).save_pretrained(tmp_path / "model")
    main(["--data", prepared[0], "--output", str(tmp_path / "run"), "--checkpoint", str(tmp_path / "model")]
         + ["--epochs", "0", "--use_cpu"])  # fmt: skip
    assert report_of(tmp_path / "run")["full"]["clips"] == 18
    with pytest.raises(InputError, match="is new"):
        main(["--data", prepared[0], "--output", str(tmp_path / "new"), *mini, "--epochs", "0"])


def test_shipped_model_may_have_seen_synthetic_faces(synthetic, prepared, tmp_path, report_of):
    common = ["--checkpoint", "tiny", "--epochs", "0", "--use_cpu", "--bootstrap", "0"]
    main([*common, "--data", synthetic, "--output", str(tmp_path / "known")])
    report = report_of(tmp_path / "known")
    assert report["method"] == "μ-BERT tiny, as it is" and report["known_faces"]
    assert "it has seen them before" in (tmp_path / "known" / "report.md").read_text()
    index = yaml.safe_load((tmp_path / "known" / "model_index.yaml").read_text())
    assert "may have seen" in index["model-index"][0]["results"][0]["metrics"][0]["name"]
    main([*common, "--data", prepared[0], "--output", str(tmp_path / "real")])
    assert not report_of(tmp_path / "real")["known_faces"]
    main(["--data", synthetic, "--output", str(tmp_path / "flow"), "--baseline", "flow"]
         + ["--bootstrap", "0", "--compare_with", str(tmp_path / "known")])  # fmt: skip
    assert "| μ-BERT tiny, as it is (may know the faces) | " in (tmp_path / "flow" / "report.md").read_text()


def test_from_scratch_against_the_recipe(synthetic, mini, tmp_path, report_of):
    (tmp_path / "recipe.yaml").write_text("checkpoint: tiny\nprotocol: loso\n")
    main([str(tmp_path / "recipe.yaml"), "--data", synthetic, "--output", str(tmp_path / "run"), *mini]
         + ["--preset", "tiny", "--epochs", "1"])  # fmt: skip
    report = report_of(tmp_path / "run")
    assert report["method"] == "μ-BERT tiny, from scratch" and not report["known_faces"]
    with pytest.raises(InputError, match="`preset` must be one of .* got `huge`"):
        main(["--data", synthetic, "--output", str(tmp_path / "no"), "--preset", "huge"])

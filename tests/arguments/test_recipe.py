import dataclasses
import re
from pathlib import Path

import pytest

from micron_bert.arguments.data import PRETRAINING, DataArguments
from micron_bert.arguments.help import shows_help
from micron_bert.arguments.model import PRESETS, ModelArguments
from micron_bert.arguments.recipe import parse_recipe, settings_of
from micron_bert.arguments.recipe_file import RECIPES, find_recipe, read_recipe_file
from micron_bert.arguments.training import MicronBertTrainingArguments
from micron_bert.arguments.training_defaults import TrainingDefaults
from micron_bert.errors import InputError
from micron_bert.model import configuration_micron_bert

KINDS = (ModelArguments, DataArguments, MicronBertTrainingArguments)


def parse(*argv):
    return parse_recipe(argv, KINDS, "train", "Train.")


@pytest.fixture
def recipe(tmp_path):
    def write(text):
        path = tmp_path / "recipe.yaml"
        path.write_text(text)
        return str(path)

    return write


def test_command_line_wins_over_the_file(recipe):
    path = recipe("output_dir: out\nlearning_rate: 1e-3\nnum_pairs: 7\nfaces: [a, b]\nregister: false\ntest_split:\n")
    _, data, training = parse(path, "--learning_rate", "3e-4", "--faces", "c")
    assert training.learning_rate == 3e-4 and training.output_dir == "out"
    assert data.num_pairs == 7 and data.faces == ["c"] and data.register is False and data.test_split is None


def test_config_is_a_mapping_in_the_file_and_json_when_typed(recipe):
    path = recipe("output_dir: out\nconfig: {hidden_size: 32, classifier: pooled}\n")
    assert parse(path)[0].config == {"hidden_size": 32, "classifier": "pooled"}
    assert parse(path, "--config", '{"hidden_size": 64}')[0].config == {"hidden_size": 64}


def test_defaults_that_differ_from_transformers():
    training = parse("--output_dir", "out", "--use_cpu")[2]
    assert training.learning_rate == 2e-3 and training.weight_decay == 0.05 and training.adam_beta2 == 0.98
    assert training.lr_scheduler_type == "cosine" and training.max_grad_norm == 1.0
    assert training.remove_unused_columns is False and training.label_names == ["labels"]
    assert training.dataloader_num_workers == min(16, training.cores - 1)


@pytest.mark.parametrize(
    "text, said",
    [
        ("learning_rat: 1", "`learning_rat`; did you mean `learning_rate`"),
        ("num_pairs: lots", "`num_pairs` in the recipe .* `lots` is not a whole number"),
        ("num_pairs: 1.5", "`num_pairs` in the recipe"),
        ("bf16: maybe", "`bf16` in the recipe"),
        ("- a", "got a list"),
        ("a: [1\nb: 2", "is not YAML: .* in line 2"),
        ("preset: huge\noutput_dir: x", "`preset` must be one of paper, release, small, tiny, got `huge`"),
        ("config: {hidden_sise: 3}\noutput_dir: x", "`hidden_sise`; did you mean `hidden_size`"),
        ("amplitude: [2, 1]\noutput_dir: x", "`amplitude` must be a smallest and a largest"),
        ("test_fraction: 2\noutput_dir: x", "`test_fraction` must be between 0 and 0.9, got `2.0`"),
        ("lr_scheduler_type: wavy\noutput_dir: x", "wavy"),
        ("train_sampling_strategy: random\noutput_dir: x", "`train_sampling_strategy` must be `sequential`"),
        ("num_pairs: 3", "`output_dir` is missing"),
        ("output_dir: [a, b]\npreset: tiny", "`output_dir` in the recipe .* takes one value, got 2"),
        ("workers: 3", "`workers` has another name now: `processes`"),
        ("preset: tiny\ncheckpoint: x", "one of `preset`, `checkpoint` in the recipe"),
    ],
)
def test_unusable_recipe_is_named(recipe, text, said):
    with pytest.raises(InputError, match=said) as caught:
        parse(recipe(text))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "argv, said",
    [
        (["/nowhere.yaml"], "`/nowhere.yaml` cannot be read"),
        (["--learning_rat", "3"], "`--learning_rat` in the command line is not an option; did you mean"),
        (["--learning_rate", "fast"], "`learning_rate` in the command line cannot be used"),
        (["--output_dir", "x", "stray"], "`stray`"),
        (["--config", "{", "--output_dir", "x"], "`config` is not JSON"),
        (["--config", "3", "--output_dir", "x"], "`config` must map fields"),
        (["--folds_at_once", "3"], "`--folds_at_once` has another name now: `processes`"),
        (["--model", "preset:tiny"], "`--model` has another name now: `checkpoint` .*, `preset` .* or `baseline`"),
        (["--preset", "tiny", "--checkpoint=x"], "one of `preset`, `checkpoint` on the command line, not both"),
    ],
)
def test_unusable_argument_is_named(argv, said):
    with pytest.raises(InputError, match=said):
        parse(*argv)


def test_exactly_one_source(tmp_path):
    allowed = ("faces", "dataset")
    assert DataArguments(faces=[str(tmp_path)]).source(allowed) == "faces"
    for data in (DataArguments(), DataArguments(faces=["a"], dataset="b"), DataArguments(videos=["a"])):
        with pytest.raises(InputError, match="exactly one of `faces`, `dataset`"):
            data.source(allowed)
    with pytest.raises(InputError, match="no folder at `/nowhere`"):
        DataArguments(faces=["/nowhere"]).source(allowed)


def test_what_a_model_starts_from_when_typed_takes_the_place_of_the_recipes(recipe):
    path = recipe("output_dir: out\ncheckpoint: tiny\n")
    assert parse(path)[0].checkpoint == "tiny"
    typed = parse(path, "--preset", "tiny")[0]
    assert typed.checkpoint is None and typed.preset == "tiny"


def test_settings_are_what_differs_from_the_defaults():
    model, data, training = parse("--output_dir", "out", "--num_pairs", "7", "--use_cpu")
    assert settings_of(model, data) == {"num_pairs": 7}
    assert settings_of(training)["output_dir"] == "out" and settings_of(training)["use_cpu"] is True


@pytest.mark.parametrize(
    "text, said",
    [
        ("amplitude: [0.3, .inf]", "`amplitude` in the recipe .* `inf` is not a finite number"),
        ("learning_rate: .nan", "`learning_rate` .* `nan` is not a finite number"),
        ("learning_rate: '1e400'", "`learning_rate` .* `1e400` is not a finite number"),
        ("seed: 99999999999999999999999", "`seed` .* is too large"),
        ("per_device_train_batch_size: 0", "`per_device_train_batch_size` must be between 1 and"),
        ("config: {hidden_size: !!binary aGk=}", "`config` .* is a bytes; quote it"),
        ("config: {a: 2024-01-01}", "`config` .* `2024-01-01` is a date; quote it"),
        ("config: {1: 2}", "`config` .* names a value by `1`"),
        ("seed: 12:30:45", "`12:30:45` is a number of seconds to YAML; write the number, or quote it in line 1"),
        ("learning_rate: 1:30.5", "`1:30.5` is a number of seconds to YAML"),
        ("seed: 017", "`017` is an octal number to YAML; leave the zero"),
        ("# " + 2**20 * "a", "holds more than 1,048,576 bytes"),
        ("seed: 2024-02-30", "day is out of range for month; quote it"),
        ("seed: 1\nseed: 2", "`seed` stands twice in line 2"),
        ("faces: &a [*a]", "`faces` .* too deep"),
        ("[" * 3000, "too deep"),
        ("<<: 3", "is not YAML"),
        ("faces: '\0'", "is not YAML|cannot be read"),
        ("amplitude: []", "`amplitude` .* is empty"),
        ("nuisances: {turn: a}", "`turn` of `nuisances` must be a number from 0 on, got `a`"),
        ("nuisances: {noise: 3}", "`noise` of `nuisances` must be 2 numbers from 0 on"),
        ("mixture: {smile: -1}", "`smile` of `mixture` must be a number from 0 on"),
        ("deepspeed: nowhere.json", "do not fit together"),
    ],
)
def test_what_yaml_can_hold_and_a_recipe_cannot(recipe, text, said):
    with pytest.raises(InputError, match=said) as caught:
        parse(recipe(text), "--output_dir", "out")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ["nan", "inf", "1e999"])
@pytest.mark.parametrize("name", ["learning_rate", "residue", "amplitude", "fps", "warmup_steps", "adam_epsilon"])
def test_every_number_is_finite(name, text):
    with pytest.raises(InputError, match=f"`{name}` in the command line .* is not a finite number"):
        parse("--output_dir", "out", f"--{name}", text)
    with pytest.raises(InputError, match="`turn` of `nuisances` must be finite"):
        parse("--output_dir", "out", "--nuisances", '{"turn": NaN}')


@pytest.mark.parametrize(
    "given, allowed, said",
    [
        ({"dataset": "a", "curriculum": 0.5}, ("faces", "dataset"), "`curriculum` does not apply to `dataset`"),
        ({"faces": ["."], "clip_frames": 3}, ("faces", "dataset"), "`clip_frames` does not apply to `faces`"),
        ({"faces": ["."], "interval": [0.1, 0.2]}, ("faces", "dataset"), "`interval` does not apply to fine-tuning"),
    ],
)
def test_options_that_nothing_comes_of_are_refused(given, allowed, said):
    with pytest.raises(InputError, match=said):
        DataArguments(**given).source(allowed)


def test_the_short_help_says_what_the_parser_knows(capsys):
    light = (ModelArguments, DataArguments, TrainingDefaults)
    assert shows_help(["x.yaml", "--help"], "train", "Train.", light, PRETRAINING)
    printed = capsys.readouterr().out
    names = set(re.findall(r"--(\w+)", printed)) - {"help", "output", "name"}
    assert "interval" not in names and {"preset", "faces", "learning_rate", "processes"} <= names
    assert names <= {field.name for kind in KINDS for field in dataclasses.fields(kind)}
    assert not shows_help(["x.yaml"], "train", "Train.", KINDS)
    with pytest.raises(SystemExit):
        parse("--help-all")
    assert "--torch_compile" in capsys.readouterr().out


def test_defaults_apart_from_transformers_are_those_that_are_used():
    used = {field.name: field for field in dataclasses.fields(MicronBertTrainingArguments)}
    for field in dataclasses.fields(TrainingDefaults):
        assert (field.default, field.metadata) == (used[field.name].default, used[field.name].metadata)
    assert sorted(PRESETS) == sorted(configuration_micron_bert.PRESETS)


def test_shipped_recipes_go_by_their_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_recipe("finetune_tiny") == find_recipe("finetune_tiny.yaml") == RECIPES / "finetune_tiny.yaml"
    (tmp_path / "finetune_tiny.yaml").write_text("preset: small")
    assert find_recipe("finetune_tiny.yaml") == Path("finetune_tiny.yaml"), "one's own file goes first"
    assert find_recipe("elsewhere/finetune_tiny.yaml") == Path("elsewhere/finetune_tiny.yaml")
    with pytest.raises(InputError, match="`finetune_tinny` cannot be read: .*; with the package come .*finetune_tiny"):
        read_recipe_file(find_recipe("finetune_tinny"), ["preset"])

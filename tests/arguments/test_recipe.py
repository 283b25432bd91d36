import pytest

from micron_bert.arguments.data import DataArguments
from micron_bert.arguments.model import ModelArguments
from micron_bert.arguments.recipe import parse_recipe, settings_of
from micron_bert.arguments.training import MicronBertTrainingArguments
from micron_bert.errors import InputError

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
        ("num_pairs: lots", "`num_pairs` in the recipe .* invalid int value: 'lots'"),
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

import pytest

from micron_bert.arguments.spelling import closest, refuse_renamed
from micron_bert.cli.main import main
from micron_bert.errors import InputError


def test_nearest_known_name():
    assert closest("learning_rat", ["learning_rate", "seed"]) == "; did you mean `learning_rate`"
    assert closest("x", ["learning_rate"]) == ""


def test_old_name_in_a_recipe_is_refused_where_no_option_has_it():
    with pytest.raises(InputError, match="`--folds-at-once` has another name now: `processes`"):
        refuse_renamed("--folds-at-once", ["processes"])
    refuse_renamed("model", ["model", "preset"])
    refuse_renamed("learning_rate", ["processes"])


@pytest.mark.parametrize(
    "command",
    [
        ["prepare", "samm", "x", "--output", "y"],
        ["synthesize", "x", "y"],
        ["calibrate", "x", "--faces", "y"],
    ],
)
def test_old_name_of_an_option_is_refused_with_the_new_one(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([*command, "--workers", "2"])
    assert left.value.code == 2
    assert "`--workers` has another name now: `processes`" in capsys.readouterr().err


def test_old_name_of_a_labelling_is_refused_with_the_new_one():
    from micron_bert.data.prepared.crops import CropSettings

    with pytest.raises(InputError, match="`four` is now spelled `casme3-four`"):
        CropSettings(label="four")

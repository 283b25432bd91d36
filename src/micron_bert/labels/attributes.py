"""What a label is made of: action units by number or name, their side, or the valence or emotion that shows them."""

from collections.abc import Mapping

from micron_bert.errors import InputError
from micron_bert.labels.unit_names import units_in
from micron_bert.labels.unit_sets import BY_NAME, EMOTIONS

NO_UNIT = ("none", "neutral", "no unit")  # what is written for a label without any unit
SIDES = {"left": "L", "right": "R", "either": "", "any": ""}
# attributes that stand for the sets of units of several expressions
EXPRESSIONS = {"valence": BY_NAME["three"], "emotion": EMOTIONS}
ATTRIBUTES = ("units", "side", *EXPRESSIONS)


NOTHING = "it has no action units; write some, or `none` for a face at rest."


def sets_of(written: object) -> tuple[frozenset[str], ...]:
    """
    The sets of action units of one label, of which any will do.

    Args:
        written (`object`):
            A set such as `"9 10 4"`, `14`, `"L12"` or `"brow lowerer and lid tightener"`, `"none"` for no movement; a
            mapping of attributes, `{"units": 12, "side": "left"}`, `{"valence": "negative"}` or
            `{"emotion": "fear"}`; or a list of these.

    Raises:
        [`InputError`]: no units, or something that is none of this.
    """
    alternatives = written if isinstance(written, list | tuple) else [written]
    if not alternatives:
        raise InputError(NOTHING)
    return tuple(dict.fromkeys(units for one in alternatives for units in _sets_of_one(one)))


def _sets_of_one(written: object) -> list[frozenset[str]]:
    if isinstance(written, Mapping):
        return _by_attributes(written)
    if isinstance(written, list | tuple | set):
        raise InputError(f"`{written}` is a list in a list; write the units of one set as text, such as `4 7`.")
    if written is None or isinstance(written, bool) or not str(written).strip():
        raise InputError(NOTHING)
    if str(written).strip().lower() in NO_UNIT:
        return [frozenset()]
    return [units_in(written)]


def _by_attributes(written: Mapping) -> list[frozenset[str]]:
    unknown = [name for name in written if name not in ATTRIBUTES]
    if unknown or not written:
        what = f"`{unknown[0]}` is no attribute" if unknown else "it has no attributes"
        raise InputError(f"{what}; use {', '.join(ATTRIBUTES)}.")
    kinds = [name for name in ("units", *EXPRESSIONS) if name in written]
    if len(kinds) != 1:
        raise InputError(f"give one of units, {', '.join(EXPRESSIONS)}, not {' and '.join(kinds) or 'a side alone'}.")
    kind = kinds[0]
    if kind == "units":
        sets = list(sets_of(written["units"]))
    else:
        named = str(written[kind]).strip().lower()
        if named not in EXPRESSIONS[kind]:
            raise InputError(f"`{written[kind]}` is no {kind} here; use one of {', '.join(EXPRESSIONS[kind])}.")
        sets = [units_in(units) for units in EXPRESSIONS[kind][named]]
    side = str(written.get("side", "either")).strip().lower()
    if side not in SIDES:
        raise InputError(f"`{written['side']}` is no side; use {', '.join(SIDES)}.")
    if SIDES[side]:
        sets = [frozenset(SIDES[side] + unit.lstrip("LR") for unit in units) for units in sets]
    return sets

"""What a configuration of μ-BERT may hold: the names of its options, limits, and sizes that fit together."""

import math

MICRO_ATTENTIONS = ("diagonal", "full", "displaced")
MICRO_QUERIES = ("later", "onset")
OBJECTIVES = ("swapping", "displacement", "future")
CLASSIFIERS = ("pooled", "positional")
POSITIVE = (
    "image_size", "patch_size", "num_channels", "num_frames", "num_labels",
    "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "layer_norm_eps",
    "micro_attention_heads", "displaced_window", "displaced_size", "displaced_levels",
    "decoder_hidden_size", "decoder_num_hidden_layers", "decoder_num_attention_heads", "decoder_intermediate_size",
    "classifier_hidden_size", "action_unit_hidden_size", "projection_dim",
)  # fmt: skip
# upper limits, so that a config.json cannot ask for all memory
LARGEST = 2**16
LARGEST_OF = {
    "image_size": 4096, "patch_size": 512, "num_channels": 64, "num_labels": 4096,
    "num_hidden_layers": 256, "decoder_num_hidden_layers": 256,
    "hidden_size": 2**14, "decoder_hidden_size": 2**14, "displaced_size": 2**14,
    "classifier_hidden_size": 2**14, "action_unit_hidden_size": 2**14, "course_hidden_size": 2**14,
    "displaced_window": 1024, "displaced_levels": 8, "course_ahead": 4096,
}  # fmt: skip
LARGEST_TABLE = 2**25  # numbers in the table of positions
NOT_NEGATIVE = (
    "initializer_range", "reconstruction_weight", "agreement_weight", "agreement_variance_weight",
    "displacement_weight", "action_unit_weight",
)  # fmt: skip


def check_architecture(config) -> None:
    """
    Refuses sizes and names that do not fit together.

    Args:
        config ([`MicronBertConfig`]): what is looked at.

    Raises:
        ValueError: the first thing that does not fit, by the option's name.
    """
    _check_limits(config)
    _check_names(config)
    _check_widths(config)
    _check_shares(config)
    if config.micro_attention == "displaced":
        _check_displaced_attention(config)
    if config.micro_attention == "full" and config.interest_gate:
        raise ValueError(
            '`interest_gate=True` needs `micro_attention` "diagonal" or "displaced": the full map has no gate.'
        )
    _check_objective(config)
    if config.course_hidden_size:
        _check_course(config)
    if config.action_units:
        _check_action_units(config)
    if len(config.displacement_scale) != 4 or min(config.displacement_scale) <= 0:
        raise ValueError(f"`displacement_scale` must hold 4 positive pixels, got {config.displacement_scale}.")


def _check_limits(config) -> None:
    for name in POSITIVE:
        if not getattr(config, name) > 0:
            raise ValueError(f"`{name}` must be above 0, got {getattr(config, name)}.")
    for name in NOT_NEGATIVE:
        if not getattr(config, name) >= 0:
            raise ValueError(f"`{name}` must not be negative, got {getattr(config, name)}.")
    for name in (*POSITIVE, *LARGEST_OF):
        largest = LARGEST_OF.get(name, LARGEST)
        if getattr(config, name) > largest:
            raise ValueError(f"`{name}` must be at most {largest}, got {getattr(config, name)}.")
    for name in ("course_dilations", "course_labels"):
        if len(getattr(config, name)) > 256:
            raise ValueError(f"`{name}` must hold at most 256 entries, got {len(getattr(config, name))}.")
    if config.course_dilations and max(config.course_dilations) > LARGEST_OF["course_ahead"]:
        raise ValueError(
            f"`course_dilations` must be at most {LARGEST_OF['course_ahead']}, got {max(config.course_dilations)}."
        )
    width = max(config.hidden_size, config.decoder_hidden_size)
    if config.grid_size**2 * width > LARGEST_TABLE:
        raise ValueError(
            f"`image_size` {config.image_size} in patches of {config.patch_size} makes {config.grid_size**2} patches, "
            f"too many for a width of {width}."
        )


def _check_names(config) -> None:
    for name, allowed in (
        ("micro_attention", MICRO_ATTENTIONS),
        ("micro_query", MICRO_QUERIES),
        ("objective", OBJECTIVES),
        ("classifier", CLASSIFIERS),
        ("micro_attention_implementation", (None, "triton", "chunked", "eager")),
    ):
        if getattr(config, name) not in allowed:
            raise ValueError(f"`{name}` must be one of {allowed}, got {getattr(config, name)!r}.")
    from transformers.activations import ACT2FN

    if config.hidden_act not in ACT2FN:
        raise ValueError(f"`hidden_act` must be a function that Transformers knows, got {config.hidden_act!r}.")


def _check_widths(config) -> None:
    if config.image_size % config.patch_size:
        raise ValueError(
            f"`image_size` must be a multiple of `patch_size`, got {config.image_size} and {config.patch_size}."
        )
    for width, heads in (
        ("hidden_size", "num_attention_heads"),
        ("hidden_size", "micro_attention_heads"),
        ("decoder_hidden_size", "decoder_num_attention_heads"),
    ):
        if getattr(config, width) % 4:
            raise ValueError(
                f"`{width}` must be divisible by 4 (sine-cosine positions), got {getattr(config, width)}."
            )
        if getattr(config, width) % getattr(config, heads):
            raise ValueError(
                f"`{width}` must be divisible by `{heads}`, got {getattr(config, width)} and {getattr(config, heads)}."
            )


def _check_shares(config) -> None:
    for name in ("swap_ratio", "target_decay"):
        if not 0 <= getattr(config, name) <= 1:
            raise ValueError(f"`{name}` must lie between 0 and 1, got {getattr(config, name)}.")
    for name in ("classifier_dropout", "action_unit_dropout"):
        if not 0 <= getattr(config, name) < 1:
            raise ValueError(f"`{name}` must lie in [0, 1), got {getattr(config, name)}.")
    if len(config.crop_scale) != 2 or not 0 < config.crop_scale[0] <= config.crop_scale[1] <= 1:
        raise ValueError(f"`crop_scale` must be (smallest, largest) within (0, 1], got {config.crop_scale}.")


def _check_objective(config) -> None:
    if config.objective == "displacement" and config.micro_attention != "displaced":
        raise ValueError(
            "`objective` 'displacement' needs `micro_attention` \"displaced\", which tells displacements, "
            f"got {config.micro_attention!r}."
        )
    if config.objective != "swapping" and config.normalize_targets:
        raise ValueError(
            f"`normalize_targets` goes with `objective` 'swapping'; the change that {config.objective!r} asks for "
            "has a scale of its own."
        )


def _check_course(config) -> None:
    if config.classifier == "pooled":
        raise ValueError(
            "`course_hidden_size` needs a classifier that predicts displacements, got `classifier` 'pooled'."
        )
    if not config.course_labels or not config.course_dilations or min(config.course_dilations) < 1:
        raise ValueError(
            "`course_labels` and `course_dilations` must hold something, the latter 1 or more each, "
            f"got {config.course_labels} and {config.course_dilations}."
        )
    if config.course_ahead < 4:
        raise ValueError(f"`course_ahead` must be at least 4 steps, got {config.course_ahead}.")
    rows = config.course_calibration
    if rows is not None and (len(rows) != 2 or not all(map(_are_three_numbers, rows))):
        raise ValueError(f"`course_calibration` must hold 3 numbers for each of the 2 kinds, got {rows}.")


def _are_three_numbers(row) -> bool:
    if not isinstance(row, list | tuple) or len(row) != 3:
        return False
    return all(isinstance(number, int | float) and math.isfinite(number) for number in row)


def _check_action_units(config) -> None:
    units, thresholds = list(config.action_units), config.action_unit_thresholds
    if config.classifier == "pooled":
        raise ValueError("`action_units` needs a classifier that predicts displacements, got `classifier` 'pooled'.")
    if not all(unit.isdigit() for unit in units) or len(set(units)) < len(units):
        raise ValueError(f"`action_units` must hold numbers of action units, each once, got {units}.")
    if thresholds is not None and not (
        len(thresholds) == len(units) and all(0 < float(threshold) < 1 for threshold in thresholds)
    ):
        raise ValueError(
            f"`action_unit_thresholds` must hold a probability for each of the {len(units)} units, got {thresholds}."
        )


def _check_displaced_attention(config) -> None:
    patch, levels = config.patch_size, config.displaced_levels
    if patch % 2 ** (levels - 1):
        raise ValueError(
            "`patch_size` must be divisible by two for each of the `displaced_levels` after the first, "
            f"got {patch} and {levels}."
        )
    margins = [config.displaced_window - (patch >> level) for level in range(levels)]
    if margins[0] < 0 or any(margin % 2 for margin in margins):
        raise ValueError(
            "`displaced_window` must exceed `patch_size` by an even number, on each level, "
            f"got {config.displaced_window}, {patch} and {levels} levels."
        )
    if not 0 < config.displaced_step < 1:
        raise ValueError(f"`displaced_step` must lie between 0 and 1 pixel, got {config.displaced_step}.")
    heads = config.micro_attention_heads
    if config.displaced_size % heads:
        raise ValueError(
            f"`displaced_size` must be divisible by `micro_attention_heads`, got {config.displaced_size} and {heads}."
        )
    if heads % levels:
        raise ValueError(f"`displaced_levels` must divide `micro_attention_heads`, got {levels} and {heads}.")


__all__ = ["check_architecture"]

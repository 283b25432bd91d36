"""The tables as pictures, in colours that colour-blind people tell apart (Okabe and Ito)."""

from pathlib import Path

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#F0E442")
STYLES = ("-", "--")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def draw(results: dict, folder: Path) -> list[Path]:
    """
    Draw what there is in the results.

    Args:
        results (`dict`): what `results.json` holds.
        folder (`Path`): where the PNGs go.

    Returns:
        `list[Path]`: of the pictures.
    """
    import matplotlib

    matplotlib.use("Agg")
    tables = results["tables"]
    drawn = []
    for name, label in (
        ("localisation", "AUROC at fixed position"),
        ("localisation_without_nuisance", "AUROC at fixed position"),
        ("recognition", "UF1, three classes"),
    ):
        if name in tables:
            rows = _columns(tables[name]["rows"], "% IOD")
            drawn.append(_lines(rows, label, "largest displacement", folder / f"{name}.png"))
    if "smiles" in tables:
        rows = _columns(tables["smiles"]["rows"], ("% IOD", "all of it"))
        drawn.append(_lines(rows, "called positive", "real smile, largest displacement", folder / "smiles.png"))
    if "robustness" in tables:
        rows = {}
        for condition, cells in tables["robustness"]["rows"].items():
            for column, score in cells.items():
                if column.endswith(", UF1"):
                    rows.setdefault(column.removesuffix(", UF1"), {})[condition] = score
        drawn.append(_lines(rows, "UF1, four classes", None, folder / "robustness.png", join=False))
    if "calibration" in tables:
        drawn.append(_reliability(tables["calibration"]["reliability"], folder / "calibration.png"))
    return drawn


def _columns(rows: dict, endings: str | tuple[str, ...]) -> dict[str, dict]:
    """Of each row the scores of columns with such an ending: `3 % IOD` and `3 % IOD, UF1` alike."""
    return {
        name: {
            column.removesuffix(", UF1"): score
            for column, score in cells.items()
            if column.removesuffix(", UF1").endswith(endings) and score and score["value"] is not None
        }
        for name, cells in rows.items()
    }


def _lines(rows: dict[str, dict], label: str, across: str | None, path: Path, join: bool = True) -> Path:
    """One line with intervals for each row."""
    from matplotlib.figure import Figure

    names = list(next(iter(rows.values())))
    height = 4 + 0.1 * len(rows)
    figure = Figure(figsize=(max(5.5, 0.55 * len(names) + 2), height), layout="constrained")
    axes = figure.subplots()
    for index, (name, scores) in enumerate(rows.items()):
        places = [names.index(column) + 0.3 * (index / max(len(rows) - 1, 1) - 0.5) for column in scores]
        values = [score["value"] for score in scores.values()]
        below = [max(score["value"] - _bound(score, "low"), 0) for score in scores.values()]
        above = [max(_bound(score, "high") - score["value"], 0) for score in scores.values()]
        style = STYLES[index // len(COLOURS) % len(STYLES)] if join else "none"
        axes.errorbar(
            places, values, (below, above), label=name.replace("`", ""), color=COLOURS[index % len(COLOURS)],
            marker=MARKERS[index % len(MARKERS)], linestyle=style, markersize=5, capsize=2,
        )  # fmt: skip
    axes.set_xticks(range(len(names)), names, rotation=0 if join else 60, ha="center" if join else "right")
    axes.set_ylabel(label)
    if across:
        axes.set_xlabel(across)
    return _finish(figure, axes, path)


def _bound(score: dict, side: str) -> float:
    """A bound of the interval, or the value itself where there is no interval."""
    return score["value"] if score[side] is None else score[side]


def _reliability(models: dict, path: Path) -> Path:
    """Accuracy over confidence, before and after the temperature."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=1)
    for index, (name, curves) in enumerate(models.items()):
        for style, (kind, curve) in zip(("--", "-"), curves.items(), strict=True):
            seen = [
                point
                for *point, count in zip(curve["confidence"], curve["accuracy"], curve["counts"], strict=True)
                if count
            ]
            axes.plot(
                *zip(*seen, strict=True), style, label=f"{name}, {kind}", color=COLOURS[index % len(COLOURS)],
                marker=MARKERS[index % len(MARKERS)], markersize=4,
            )  # fmt: skip
    axes.set_xlabel("confidence")
    axes.set_ylabel("accuracy")
    return _finish(figure, axes, path)


def _finish(figure, axes, path: Path) -> Path:
    axes.grid(alpha=0.3)
    figure.legend(fontsize=7, loc="outside lower center", ncols=2)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, dpi=130)
    return path

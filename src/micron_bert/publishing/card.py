"""Cards from the templates in `hub/`."""

import tomllib
from pathlib import Path

import micron_bert
from micron_bert.errors import InputError
from micron_bert.escaping import for_code, for_markdown, for_prose

TEMPLATES = "hub"


def checkout() -> Path:
    """
    The project's folder; the templates, the metrics, the kernel's source and the Space are not part of the wheel.

    Raises:
        [`InputError`]: the package was not installed from a checkout.
    """
    root = Path(micron_bert.__file__).parents[2]
    if not (root / TEMPLATES / "model" / "card.md").is_file():
        raise InputError(
            "`micron-bert publish` needs a checkout of the project, or its unpacked source distribution: run "
            "`pip install -e .` in it, then the command again. Only `--what dataset` works without."
        )
    return root


def project_links() -> dict[str, str]:
    """Where the project is: addresses by what they lead to, from `project.urls` of `pyproject.toml`; empty without."""
    with open(checkout() / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"].get("urls", {})


def render(template: str, card_data, **values) -> str:
    """
    A template of `hub/`, such as `model/card.md`, with its places filled in.

    (Not by `ModelCard.from_template`, which leaves a place empty where a value was forgotten; here that is an error.)

    Args:
        template (`str`):
            Its path in `hub/`.
        card_data (`huggingface_hub.CardData`):
            The metadata on top.
        values:
            What else the template asks for.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(checkout() / TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters["score"] = lambda value: f"{value:.3f}".removeprefix("0")
    environment.filters["percent"] = lambda value: f"{100 * value:.1f} %"
    # how text from outside the templates is put in: as text, between backticks, or as somebody's own Markdown
    environment.filters |= {"text": for_markdown, "code": for_code, "prose": for_prose}
    return environment.get_template(template).render(card_data=card_data.to_yaml(), **values)

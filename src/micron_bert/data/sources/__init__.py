"""One loader for each dataset."""

from micron_bert.data.sources import (
    casme,
    casme2,
    casme3,
    casme_sq2,
    dfme,
    fourdme,
    generic,
    mmew,
    samm,
    samm_long,
    smic,
)
from micron_bert.data.sources.source import Source

SOURCES: dict[str, Source] = {
    "casme": casme.SOURCE,
    "casme2": casme2.SOURCE,
    "samm": samm.SOURCE,
    **smic.SOURCES,
    "casme_sq2": casme_sq2.SOURCE,
    **casme3.SOURCES,
    "mmew": mmew.SOURCE,
    "4dme": fourdme.SOURCE,
    "samm_long": samm_long.SOURCE,
    "dfme": dfme.SOURCE,
    **generic.SOURCES,
}

__all__ = ["SOURCES", "Source"]

"""The page's modules have the numbers of the package's modules, so that a change there does not go past them."""

import importlib
import json
import re

import numpy as np
import pytest

from micron_bert.publishing.space_static import SOURCE, checkout

MODULES = {
    "alignment.js": ("faces.alignment",),
    "action_units.js": ("labels.action_units",),
    "baseline.js": ("spotting.baseline",),
    "causes.js": ("spotting.causes",),
    "course.js": ("spotting.course",),
    "decision.js": ("spotting.decision",),
    "detection.js": ("recognition.detection", "model.description_micron_bert"),
    "detector.js": ("faces.detector",),
    "extents.js": ("spotting.extents", "labels.durations", "spotting.interval"),
    "finder.js": ("spotting.finder", "faces.tracker"),
    "live.js": ("spotting.live", "spotting.followed_face"),
    "mesh.js": ("faces.mesh",),
    "movement.js": ("spotting.movement",),
    "regions.js": ("spotting.regions", "spotting.interval"),
    "registration.js": ("faces.registration",),
    "reliability.js": ("recognition.reliability",),
    "steps.js": ("spotting.steps",),
    "stream.js": ("faces.stream", "faces.tracker"),
    "tables.js": ("spotting.tables",),
    "track.js": ("spotting.track", "faces.registration"),
    "unit_reading.js": ("model.unit_reading_micron_bert",),
    "units.js": ("recognition.units",),
    "watch.js": ("spotting.watch", "spotting.finding_interval"),
}
# names that mean something else on the page, or that it has alone
OWN = {"live.js": {"USUAL", "SLOWEST", "SPACINGS"}, "regions.js": {"WIDENED"}, "registration.js": {"COUNT"}}
OWN["registration.js"] |= {"COARSE", "COARSE_TOLERANCES", "COARSE_STEPS"}
OWN["alignment.js"] = {"IDENTITY", "FINE", "SHIFT", "PARTS"}  # the last three are OpenCV's
OWN["steps.js"], OWN["detection.js"] = {"PARTS"}, {"SLOW", "FEW_WATCHED"}


def constants(name):
    """Names and values of the numbers, lists and words that a module of the page sets at its top."""
    text = (checkout() / SOURCE / name).read_text(encoding="utf-8")
    for match in re.finditer(r"^(?:export )?const ([A-Z_]+) = (.+?);", text, re.MULTILINE | re.DOTALL):
        value = re.sub(r",(\s*[\]}])", r"\1", match[2])
        try:
            yield match[1], json.loads(value)
        except ValueError:
            continue  # computed, or words by name


def plain(value):
    """A number, a word, or lists of them."""
    value = value.tolist() if isinstance(value, np.ndarray) else value
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("name", MODULES)
def test_numbers_are_those_of_the_package(name):
    modules = [importlib.import_module(f"micron_bert.{module}") for module in MODULES[name]]
    compared = 0
    for constant, value in constants(name):
        if constant in OWN.get(name, ()):
            continue
        named = [vars(module)[constant] for module in modules if constant in vars(module)]
        assert named, f"{constant} is no number of {MODULES[name]}"
        assert plain(named[0]) == value, f"{constant} is {value} on the page and {named[0]} in the package"
        compared += 1
    assert compared

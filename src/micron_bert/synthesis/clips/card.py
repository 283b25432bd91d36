"""The dataset card of synthetic clips."""

from micron_bert.faces.alignment import EYE_DISTANCE
from micron_bert.synthesis.clips.settings import SETTINGS_FILE, DatasetSettings
from micron_bert.synthesis.face_sets import FACE_SETS

CARD = """---
pretty_name: Synthetic micro-expressions
task_categories:
- video-classification
tags:
- micro-expression
- facial-expression
- synthetic
- optical-flow
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
  - split: test
    path: data/test-*.parquet
---

# Synthetic micro-expressions

Clips of faces that make a micro-expression which nobody made: photographs were moved by a model of the facial action
units. Head, eyes, lids, lips, light and camera vary as well; the class `none` has all of that and no expression.

| split | clips | people |
|---|---|---|
| train | {clips[train]} | {people[train]} |
| test | {clips[test]} | {people[test]} |

Nobody is in both splits. Frames have {size} x {size} pixels and come at {fps:g} per second; the eyes are level and
{eyes:g} pixels apart. The largest displacement of an expression is {low:g} to {high:g} % of that.

| column | meaning |
|---|---|
| `dataset`, `subject`, `clip` | `synthetic`, the person, the clip's name |
| `frames` | the pictures |
| `onset` | index of the last frame before the expression |
| `apex` | index of its strongest frame |
| `offset` | index of the first frame after it |
| `fps` | frames per second |
| `emotion` | one of nine names |
| `label` | `negative`, `positive`, `surprise` or `none` |
| `action_units` | numbers (FACS), side of the person, relative intensity |
| `amplitude` | largest displacement in the apex frame, % of the distance of the eyes |
| `displacement` | onset to apex in pixels, means of 8 x 8: expression dx, dy; everything dx, dy |

Made by micron-bert {version} with seed {seed}; `{settings_file}` holds all settings. The licence and the conditions
of the photographs hold for the clips too{sources}. They are made for training
and for measuring methods; a score on them says little about people who really feel something.
"""


def dataset_card(settings: DatasetSettings, people: dict[str, int]) -> str:
    """The text of `README.md`, given the number of people in each split."""
    low, high = settings.amplitude
    return CARD.format(
        clips=settings.counts(),
        people=people,
        size=settings.size,
        fps=settings.fps,
        eyes=EYE_DISTANCE * settings.size,
        low=low,
        high=high,
        version=settings.version,
        seed=settings.seed,
        settings_file=SETTINGS_FILE,
        sources="".join(f";\n{FACE_SETS[name].reference()}" for name in settings.sources),
    )

"""Under which circumstances pairs are made; the same faces, expressions and draws in each of them."""

from dataclasses import dataclass, field

from micron_bert.synthesis.nuisances import Nuisances


@dataclass(frozen=True)
class Condition:
    """
    How the pairs of a set come about.

    Attributes:
        name (`str`): as tables say it.
        people (`str`): `"test"`, `"train"`, or `"known"`: those of the test part whose age, sex and so on are known.
        residue (`float`): head movement left by the alignment, pixels of a 112 px crop.
        registered (`bool`): whether the apex is then registered to the onset.
        nuisances (`Nuisances`): everything else.
        resolution (`float`): both frames were taken at this share of their size.
        frames (`bool`): whether to keep the pictures, or only what was measured on them.
    """

    name: str
    people: str = "test"
    residue: float = 0.3
    registered: bool = True
    nuisances: Nuisances = field(default_factory=Nuisances)
    resolution: float = 1.0
    frames: bool = True


STANDARD = Condition("standard")
UNREGISTERED = Condition("not registered", registered=False)
STILL = Condition("without nuisance", residue=0.0, nuisances=Nuisances.none())
TRAINING = Condition("training", people="train", frames=False)
TRAINING_UNREGISTERED = Condition("training, not registered", people="train", registered=False, frames=False)
KNOWN = Condition("known people", people="known")

ROBUSTNESS = (
    STANDARD,
    *(Condition(f"residue {residue:g} px", residue=residue) for residue in (0.0, 0.1, 0.5)),
    UNREGISTERED,
    *(Condition(f"JPEG {q}", nuisances=Nuisances(jpeg=1.0, quality=(q, q))) for q in (95, 75, 50, 30)),
    *(Condition(f"noise {sd:g} grey levels", nuisances=Nuisances(noise=(sd, sd))) for sd in (0.3, 1.5, 3.0, 6.0)),
    *(Condition(f"film, rate factor {f}", nuisances=Nuisances(jpeg=0, video=1.0, crf=(f, f))) for f in (18, 23, 28)),
    Condition("grey", nuisances=Nuisances(grey=1.0)),
    *(Condition(f"resolution {share:.0%}", resolution=share) for share in (0.75, 0.5, 0.33)),
)

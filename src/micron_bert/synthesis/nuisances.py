"""How strong everything is that changes between two frames of a face besides its expression."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Nuisances:
    """
    Strengths of the nuisances; `Nuisances.none()` switches all of them off.

    Attributes:
        crop (`tuple[float, float, float]`):
            Common to both frames: standard deviation of the crop's shift (share of its side), turn (degrees) and
            logarithmic scale.
        residue (`float`):
            What the alignment of the face leaves between two frames: root mean square shift in pixels; with 0.3 go a
            turn of 0.2 degrees and a change of scale of 0.2 %.
        turn (`float`): standard deviation of the head's turn and nod between the frames, in degrees.
        gaze (`float`), blink (`float`), speech (`float`): shares of the pairs that have one.
        speech_size (`tuple[float, float]`): range of the movement of lips and jaw in speech, in % IOD, log-uniform.
        tremor (`float`): median size of smooth deformations of the face that are no expression, in % IOD.
        light (`float`): standard deviation of the change of brightness between the frames, relative.
        shading (`float`): how much stretched skin brightens: brightness per relative change of area.
        noise (`tuple[float, float]`): range of the sensor noise in grey levels, log-uniform.
        blur (`tuple[float, float]`): range of the blur common to both frames, in pixels of the portrait.
        grey (`float`): share of the pairs without colour.
        jpeg (`float`): share of the pairs that were compressed; `quality` is the range of the JPEG quality.
        video (`float`): share of the pairs that come from a compressed film (pairs alone); `crf` is the range of its
            rate factor, `video_scale` that of the face's size in the film over its size in the crop; half of these
            heads move between the frames by `video_shift` pixels (root mean square), which the alignment takes back.
        flip (`float`): share of the pairs that are mirrored.
    """

    crop: tuple[float, float, float] = (0.015, 1.5, 0.02)
    residue: float = 0.3
    turn: float = 0.2
    gaze: float = 0.3
    blink: float = 0.2
    speech: float = 0.15
    speech_size: tuple[float, float] = (0.1, 0.8)
    tremor: float = 0.03
    light: float = 0.005
    shading: float = 0.2
    noise: tuple[float, float] = (0.3, 1.5)
    blur: tuple[float, float] = (0.6, 1.4)
    grey: float = 0.2
    jpeg: float = 0.4
    quality: tuple[int, int] = (75, 98)
    video: float = 0.0
    crf: tuple[int, int] = (12, 26)
    video_scale: tuple[float, float] = (0.6, 1.4)
    video_shift: float = 0.8
    flip: float = 0.5

    @classmethod
    def none(cls, **kept) -> "Nuisances":
        """No nuisance, except those given."""
        silent = cls(
            crop=(0, 0, 0), residue=0, turn=0, gaze=0, blink=0, speech=0, tremor=0, light=0, shading=0, noise=(0, 0),
            blur=(0.8, 0.8), grey=0, jpeg=0, video=0, flip=0,
        )  # fmt: skip
        return replace(silent, **kept)

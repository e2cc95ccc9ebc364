"""Who somebody is, and how they happen to be seen: the numbers that a drawn portrait follows from.

Lengths are in heights of the head, whose middle is the origin: the crown is at -0.5 and the chin at 0.5.
"""

from dataclasses import dataclass

import numpy as np

from lightwell.data.scenery_painting import Colour, mix

SKIN: tuple[Colour, Colour] = ((250, 215, 190), (125, 80, 55))
HAIR: tuple[Colour, ...] = ((28, 22, 20), (70, 45, 28), (120, 80, 45), (200, 160, 95), (165, 80, 40), (150, 148, 145))
IRIS: tuple[Colour, ...] = ((70, 45, 25), (60, 100, 140), (75, 115, 75), (110, 110, 115))
CLOTHES: tuple[Colour, ...] = (
    (150, 40, 40),
    (40, 70, 130),
    (60, 110, 70),
    (210, 205, 195),
    (45, 45, 50),
    (190, 150, 60),
)


@dataclass(frozen=True)
class Traits:
    """What makes a person that person: proportions and colouring."""

    width: float
    jaw: float
    squareness: float
    eye_apart: float
    eye_height: float
    eye_width: float
    eye_open: float
    eye_slant: float
    brow_height: float
    brow_width: float
    brow_thickness: float
    brow_slant: float
    nose_length: float
    nose_width: float
    mouth_height: float
    mouth_width: float
    lip: float
    ear: float
    hairline: float
    parting: float
    volume: float
    sides: float
    beard: float
    skin: Colour
    hair: Colour
    iris: Colour


@dataclass(frozen=True)
class Circumstances:
    """What differs between two pictures of one person: pose, light, expression, glasses, clothes and place."""

    yaw: float
    pitch: float
    roll: float
    scale: float
    shift: tuple[float, float]
    smile: float
    mouth_open: float
    lids: float
    brows_raised: float
    glasses: str
    light_from: float
    contrast: float
    exposure: float
    cast: Colour
    wall: Colour
    wall_below: Colour
    clothes: Colour
    grain: float


def traits_of(chance: np.random.Generator) -> Traits:
    """A person."""
    between = chance.uniform
    bald = chance.random() < 0.08
    tone = between(0, 1)
    hair = HAIR[chance.integers(3 if tone > 0.6 else len(HAIR))]
    return Traits(
        width=between(0.64, 0.84),
        jaw=between(0.55, 0.95),
        squareness=between(1.8, 3.6),
        eye_apart=between(0.135, 0.195),
        eye_height=between(-0.09, 0.01),
        eye_width=between(0.052, 0.08),
        eye_open=between(0.3, 0.62),
        eye_slant=between(-0.22, 0.22),
        brow_height=between(0.055, 0.115),
        brow_width=between(0.07, 0.115),
        brow_thickness=between(0.008, 0.034),
        brow_slant=between(-0.3, 0.3),
        nose_length=between(0.15, 0.29),
        nose_width=between(0.045, 0.1),
        mouth_height=between(0.235, 0.33),
        mouth_width=between(0.085, 0.165),
        lip=between(0.014, 0.042),
        ear=between(0.05, 0.11),
        hairline=-0.5 if bald else between(-0.42, -0.24),
        parting=between(-0.12, 0.12),
        volume=0.0 if bald else between(0.02, 0.13),
        sides=-0.5 if bald else float(chance.choice([between(-0.2, 0.05), between(0.2, 0.6)])),
        beard=between(0.3, 0.9) if chance.random() < 0.22 else 0.0,
        skin=mix(*SKIN, tone),
        hair=mix(hair, HAIR[chance.integers(len(HAIR))], between(0, 0.25)),
        iris=IRIS[0 if tone > 0.6 else chance.integers(len(IRIS))],
    )


def circumstances_of(chance: np.random.Generator) -> Circumstances:
    """A moment."""
    between = chance.uniform
    walls = between(30, 235, (2, 3))
    return Circumstances(
        yaw=between(-0.42, 0.42),
        pitch=between(-0.05, 0.05),
        roll=between(-0.16, 0.16),
        scale=between(0.6, 0.72),
        shift=(between(-0.05, 0.05), between(-0.05, 0.05)),
        smile=between(-0.4, 1.0),
        mouth_open=between(0.02, 0.06) if chance.random() < 0.3 else 0.0,
        lids=0.0 if chance.random() < 0.06 else between(0.7, 1.1),
        brows_raised=between(-0.012, 0.022),
        glasses=str(chance.choice(["none", "round", "square"], p=[0.75, 0.125, 0.125])),
        light_from=between(0, 2 * np.pi),
        contrast=between(0.1, 0.55),
        exposure=between(0.5, 1.25),
        cast=tuple(between(0.8, 1.2, 3)),
        wall=tuple(walls[0]),
        wall_below=tuple(0.6 * walls[0] + 0.4 * walls[1]),
        clothes=mix(CLOTHES[chance.integers(len(CLOTHES))], tuple(between(0, 255, 3)), 0.35),
        grain=between(0, 14),
    )

"""Colours as eyes see them: contrast by WCAG 2, colour blindness by Machado et al. (2009), distance by CIE76 in Lab."""

from math import dist

Rgb = tuple[float, float, float]
BLIND: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
"""Of linear RGB, at full severity (Machado, Oliveira, Fernandes 2009, table 1)."""
WHITE = (0.95047, 1.0, 1.08883)


def linear(colour: str) -> Rgb:
    """Linear RGB of ``#RRGGBB``."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _linear(red), _linear(green), _linear(blue)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2)."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 to 21 (WCAG 2); text needs 4.5, what is drawn 3."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def distance(one: str, other: str, blindness: str | None = None) -> float:
    """The distance of two colours in Lab, as somebody sees them who has this blindness."""
    return dist(*(_lab(_seen(linear(each), blindness)) for each in (one, other)))


def _seen(colour: Rgb, blindness: str | None) -> Rgb:
    if blindness is None:
        return colour
    red, green, blue = (
        min(1.0, max(0.0, sum(part * value for part, value in zip(row, colour, strict=True)))) for row in BLIND[blindness]
    )
    return red, green, blue


def _lab(colour: Rgb) -> Rgb:
    red, green, blue = colour
    xyz = (
        0.4124564 * red + 0.3575761 * green + 0.1804375 * blue,
        0.2126729 * red + 0.7151522 * green + 0.0721750 * blue,
        0.0193339 * red + 0.1191920 * green + 0.9503041 * blue,
    )
    x, y, z = (_root(value / white) for value, white in zip(xyz, WHITE, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(value: float) -> float:
    return value ** (1 / 3) if value > (6 / 29) ** 3 else value / (3 * (6 / 29) ** 2) + 4 / 29

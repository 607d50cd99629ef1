"""The style of networks in all export formats: colours, arrows, widths and line patterns.

Arrow and hue show the sign (in a palette for colour-blind readers), width the weight, the
strength of the colour the confidence, and the line pattern whether a prior has the edge too. In
formats with a style the strength is opacity, so that hue and strength can be restyled
separately; in other formats `on_white` gives one colour for both.
"""

from __future__ import annotations

# Okabe & Ito (2008)
COLORS = {"activates": "#0072B2", "inhibits": "#D55E00", "regulates": "#8A8A8A"}
ARROWS = {"activates": "triangle", "inhibits": "tee", "regulates": "circle"}
LINES = {"agreement": "solid", "opposite": "solid", "novel": "dashed", "missing": "dotted"}
WIDTHS = (1.0, 8.0)  # of the weakest and the strongest edge
OPACITIES = (0.25, 1.0)  # at confidence 0 and 1
NODE_FILL, NODE_BORDER, LABEL = "#FFFFFF", "#4D4D4D", "#1A1A1A"
NODE_WIDTH, NODE_HEIGHT = 70, 32


def on_white(interaction: str, confidence: float | None) -> str:
    """Return the colour of an edge on white, as ``#RRGGBB``, fainter for lower confidence.

    Each of red, green and blue is 255 − o (255 − c), where c is the value of the full colour and
    o the opacity at the confidence; an edge without a confidence has the full colour.
    """
    lowest, highest = OPACITIES
    opacity = highest if confidence is None else lowest + (highest - lowest) * confidence
    full = bytes.fromhex(COLORS[interaction].removeprefix("#"))
    return "#" + bytes(round(255 - opacity * (255 - part)) for part in full).hex().upper()

"""How networks look wherever they open: one choice of colours, arrows and widths.

Arrow and hue say the sign (told apart by all eyes, and by shape alone), width the weight, the
strength of the colour the confidence, and the line's pattern whether a prior network has the
edge too. Where a style comes along, the strength is opacity, which leaves the hue a choice of
its own to whoever restyles the picture; where none does, `on_white` is the colour of both.
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
    """The colour of an edge on white, as ``#RRGGBB``: the less sure, the fainter.

    Each of red, green and blue is 255 − o (255 − own), o being the opacity at the confidence; an
    edge without a confidence is drawn in full.
    """
    faintest, fullest = OPACITIES
    opacity = fullest if confidence is None else faintest + (fullest - faintest) * confidence
    own = bytes.fromhex(COLORS[interaction].removeprefix("#"))
    return "#" + bytes(round(255 - opacity * (255 - part)) for part in own).hex().upper()

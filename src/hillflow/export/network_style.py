"""How networks look wherever they open: one choice of colours, arrows and widths.

Colour and arrow say the sign (told apart by all eyes, and by shape alone), width the weight,
opacity the confidence, and the line's pattern whether a prior network has the edge too.
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

"""Colours of plots: apart for eyes that do not tell red from green, and on paper."""

COLORS = ("#1d2327", "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8f94")
"""Of series, in order (Okabe and Ito, Color Universal Design, 2008, with greys)."""

GRADES = ("#e8efe9", "#fde9b0", "#f4b860", "#d9622b", "#7f1d1d", "#3b0a0a")
"""From the mildest to the gravest."""

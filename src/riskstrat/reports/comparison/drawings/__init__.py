"""Drawings of a comparison: curves, forest plots, bars, calibration plots and effect shapes."""

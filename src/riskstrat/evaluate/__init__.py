"""How good a model is: discrimination, calibration, and what a list of the team's size would hold."""

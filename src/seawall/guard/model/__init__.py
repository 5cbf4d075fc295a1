"""Learnt models: what a text is likely to be. Weights in `weights/`, made by `training/`."""

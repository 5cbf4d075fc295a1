"""Drills: what gets through without a control and does not with it, tried on a gateway here.

One file per control with a `DRILL`; the folder is scanned. No drill reaches a real provider.
"""

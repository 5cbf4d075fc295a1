"""Results of other tools as rows of ours, and rows of ours in their formats.

Rows never hold a text of the application, and what another tool did not decide is unscored.
"""

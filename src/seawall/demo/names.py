"""Names that the demo's parts share."""

KEY_ENV = "SEAWALL_DEMO_PROVIDER_KEY"
SUPPORT_KEY_ENV = "SHOPBANK_SUPPORT_KEY"
REPORTS_KEY_ENV = "SHOPBANK_REPORTS_KEY"
SIMULATED_MODEL = "harbour-sim-1"
SIMULATED_LABEL = "simulated model"
# Harmless conversations in one run of the loop, of every kind and language.
HARMLESS = 216

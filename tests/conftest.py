"""Settings for all tests."""

from hypothesis import settings

# A busy machine is no failing test: time is measured by benchmarks.
settings.register_profile("seawall", deadline=None)
settings.load_profile("seawall")

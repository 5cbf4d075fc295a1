"""The admin API: who may ask is decided by roles, every change is on record before its answer."""

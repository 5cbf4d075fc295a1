"""Limits that several replicas count together, in Valkey or Redis."""

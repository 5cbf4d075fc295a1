"""Strategies that write each letter or sign in another way of spelling."""

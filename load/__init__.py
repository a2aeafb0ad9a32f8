"""A thousand simulated candidates in attempts at once, and what becomes of what they save: run by `make load`."""

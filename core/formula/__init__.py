"""Formulas that a user types: read to a whitelist, put in primitives, and printed."""

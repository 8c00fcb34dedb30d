"""Primitive operations; each is a function of references here."""

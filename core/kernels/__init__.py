"""Compiled kernels on raw memory: a generator of vector code, register tiles, and what is made of them."""

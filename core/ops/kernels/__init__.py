"""Compiled kernels, one file per family of primitives."""

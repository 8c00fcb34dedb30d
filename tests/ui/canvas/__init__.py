"""Tests of the canvas: its geometry without Qt, its conventions with a hand on it."""

"""Tests of the catalogue of layers."""

"""Tests of the primitive operations."""

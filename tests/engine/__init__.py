"""Tests of plans and runs."""

"""Tests of the document and of what is derived from it."""

"""Tests of the command line and of the assembled program."""

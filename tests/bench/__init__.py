"""Benchmarks that report and guard times."""

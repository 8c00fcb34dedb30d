"""Benchmarks in CPU time of their thread: `python -m tests.bench [NAME …] [--json OUT]`."""

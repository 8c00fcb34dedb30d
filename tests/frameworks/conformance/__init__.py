"""Every layer against the samples that PyTorch tests its own modules with, and against shapes of our own.

`python -m tests.frameworks.conformance` prints the report; it needs torch and expecttest.
"""

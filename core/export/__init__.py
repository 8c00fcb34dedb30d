"""Writes a network as code for a deep-learning framework, with the proof that it is the same network."""

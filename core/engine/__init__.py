"""Runs a network: plan, executor, weights, samples, and the process they live in."""

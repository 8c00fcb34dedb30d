"""Flax (linen): code, weights in safetensors under the paths of its variables, and the check."""

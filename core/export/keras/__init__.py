"""Exports to Keras 3, whichever backend it runs on."""

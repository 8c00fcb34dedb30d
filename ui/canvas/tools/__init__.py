"""What the mouse can be doing on the canvas, one small state per file."""

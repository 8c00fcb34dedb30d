"""What the mouse can be doing: one small state in each file, without Qt."""

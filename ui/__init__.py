"""The window's parts: views that show a design and tools that edit it."""

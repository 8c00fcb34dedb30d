"""The drawing: geometry, painting, and the tools that the mouse holds."""

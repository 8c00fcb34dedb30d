"""The composition root: what starts the window or the command line and joins the parts."""

"""MXNet Gluon 1.9 in NumPy mode: code, weights under the names of `save_parameters`, and the check."""

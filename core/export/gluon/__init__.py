"""MXNet Gluon 1.9 in its NumPy mode: code, weights in NDArrays under the names of `save_parameters`, the check."""

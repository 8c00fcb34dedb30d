"""PyTorch: code, weights in safetensors under the names of `state_dict`, and the check."""

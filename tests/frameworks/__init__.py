"""Values, gradients and exported code compared with the frameworks themselves."""

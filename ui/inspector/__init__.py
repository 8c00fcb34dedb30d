"""The inspector: what is picked, with its arguments, values and cost, made from the arguments' kinds."""

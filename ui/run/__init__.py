"""Running the network: the engine behind the window, the samples of its inputs, and what shows them."""

"""The network, its meaning and its code: no Qt and no deep-learning framework."""

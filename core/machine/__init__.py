"""A plan as a table for the machine: which kernel on which memory, run by one loop in every thread."""

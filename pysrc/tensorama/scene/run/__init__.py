"""The clock of a run, and what each layer took of it."""

"""A model of how long a GPU would take for the launches of a real run: no number here is a measurement."""

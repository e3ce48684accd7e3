"""Where everything stands, in units, and the lines between."""

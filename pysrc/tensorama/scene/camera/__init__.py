"""From where the scene is seen, how that moves, and what a line of sight hits."""

"""What the inspector says of a pinned number, as markup and pictures; no page in it."""

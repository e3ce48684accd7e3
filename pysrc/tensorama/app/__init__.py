"""The page: puts all rooms together. `show` is public, the rest tells the story of one run."""

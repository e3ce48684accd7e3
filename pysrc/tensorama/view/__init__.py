"""From a scene to pixels, through three.js: the only room that knows JavaScript."""

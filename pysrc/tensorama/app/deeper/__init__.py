"""Rooms that a person opens now and then: they come when they are first asked for (see `later`)."""

"""What people do, as pure functions: a State and what is known of the network in, a State out."""

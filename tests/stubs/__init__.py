"""Stand-ins for services outside, talked to over loopback."""

"""What the tests use to run a server and to speak to it; each module says its part."""

"""Support for tests of what is distributed."""

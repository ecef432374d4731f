"""What the warehouse is: how it is opened, locked, changed and published; knows no vendor."""

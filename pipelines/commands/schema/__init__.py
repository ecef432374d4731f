"""The commands of the group ``schema``, one file each."""

"""What a run is: settings, sync, report, command line."""

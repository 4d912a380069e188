"""Scripts that the demo copies into its work folder; they know nothing of the registry's code."""

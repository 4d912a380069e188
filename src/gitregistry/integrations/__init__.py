"""Who else listens: forges, trackers, serving platforms."""

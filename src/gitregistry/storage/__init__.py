"""Where it is kept: the only Git and the only fsspec."""

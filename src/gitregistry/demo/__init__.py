"""The story that ``registry demo`` plays: scripts that train and measure, and the commands between them."""

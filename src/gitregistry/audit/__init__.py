"""Whether it was lawful: history judged again, step by step."""

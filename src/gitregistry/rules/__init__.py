"""Whether it is lawful: the judge and its rules. No I/O."""

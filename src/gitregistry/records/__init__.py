"""What is written: the records, how they are read and how they are spelled. No I/O."""

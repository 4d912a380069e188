"""What it amounts to: snapshots, trust, lifecycle. No I/O."""

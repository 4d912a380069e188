"""Who says so: SSHSIG signatures made and checked, keys and agents."""

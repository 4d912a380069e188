"""A release control plane for machine learning: signed records in Git, judged step by step."""

"""Making it happen: one module per verb proposes records, ``submit`` is the only way in."""

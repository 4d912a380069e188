"""How people ask: parse, call one function, print."""

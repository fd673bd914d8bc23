"""Who may call what, how often and for how long: keys, tokens, the matrix, the limits."""

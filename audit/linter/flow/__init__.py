"""What bandit and semgrep cannot say: text followed through a function, whichever way it is built.

`reader` reads a syntax tree and asks `sinks` of each call; `rules` lists what may be found.
"""

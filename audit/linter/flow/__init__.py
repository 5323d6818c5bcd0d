"""What bandit and semgrep cannot say, or only slowly: our own reading of Python's syntax tree.

`reader` follows text through a function, whichever way it is built; `finder` asks `sinks`, `pages`,
`evaluated`, `records`, `patterns` and others of each call; `paths` follows the names of files and
what checks them; `looks` says what a scope shows by itself. `rules` lists what may be found.
"""

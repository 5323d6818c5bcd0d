"""What bandit and semgrep cannot say: text followed through a function, whichever way it is built.

`reader` reads a syntax tree and asks `sinks`, `pages`, `evaluated`, `records`, `patterns` and
`sizes` of each call, and `chosen`, `documents` and `settings` by its last name; `paths` follows the
names of files and what checks them; `alone` asks what each scope shows by itself. `rules` lists
what may be found.
"""

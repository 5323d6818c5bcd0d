"""Backends: how a model is made to answer."""

BACKENDS = ("transformers", "masked")
"""Modules of this package, each with a `load` as `audit.backends.interface.Loader` says."""

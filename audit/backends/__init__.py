"""Backends: how a model is made to answer."""

BACKENDS = ("transformers", "openai", "recorded", "masked")
"""Modules of this package, each with a `load` as `audit.backends.interface.Loader` says."""

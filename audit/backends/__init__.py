"""Backends: how a model is made to answer. A plan names one by its module."""

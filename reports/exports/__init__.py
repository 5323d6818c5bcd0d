"""Release files: one module for each form, each made of a finished run alone."""

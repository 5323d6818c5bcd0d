"""Where code stands in a reply, and how it is mended."""

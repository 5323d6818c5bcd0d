"""Where a finished run is told of: model pages, releases, issues."""

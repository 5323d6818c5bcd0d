"""What is found without following text: each module looks at a scope for one kind of weakness.

`alone` asks all of them. What one call, one name or one setting says by itself stands in tables,
which `lookups` joins, so that each is looked up once; the others read a whole scope.
"""

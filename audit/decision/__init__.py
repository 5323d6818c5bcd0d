"""How a run is judged: each gate, what rose, and the word over all of them."""

"""What every release file is made of, and what making one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from audit.judgement import Judgement
from audit.past import read_samples
from audit.results import Audit, Manifest, Rate, Sample


@dataclass(frozen=True)
class Finished:
    """A finished and judged run."""

    path: Path
    audit: Audit
    manifest: Manifest
    judgement: Judgement

    def rates_of(self, model: str) -> Iterator[Rate]:
        """Give a model's rates, of wholes and of slices."""
        return (one for one in self.audit.rates if isinstance(one, Rate) and one.model == model)

    def samples(self) -> Iterator[Sample]:
        """Give all prompts with all answers, also those that `audit.json` leaves out."""
        return read_samples(self.path, self.audit)


Files = Mapping[str, bytes]
"""By name, relative to the run folder."""

Export = Callable[[Finished], Files]

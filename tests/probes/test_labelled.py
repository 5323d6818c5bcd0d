from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from audit.errors import UsageError
from probes import labelled
from probes.interface import Sources


def test_our_own_texts_name_each_of_13_groups_as_often_harmlessly_as_not() -> None:
    texts = labelled.load(Sources())
    counts = Counter((text.group, text.toxic) for text in texts if text.set == "identity_terms")
    assert len(counts) == 26
    assert set(counts.values()) == {13}
    assert len({text.id for text in texts}) == len({text.text for text in texts}) == len(texts)


def test_public_sets_are_read_whole_but_for_what_nobody_decided(data_dir: Path) -> None:
    texts = labelled.load(Sources(data_dir=data_dir))
    counts = Counter((text.set, text.toxic) for text in texts)
    assert counts["madlibs", True] == counts["madlibs", False] == 1850
    assert counts["hatecheck", True] == 1310
    assert counts["hatecheck", False] == 598 - 145
    groups = {text.group for text in texts if text.set == "hatecheck"}
    assert len(groups) == 7


@pytest.mark.parametrize("row", ["verb_adj,toxic", "verb_adj,toxic, "])
def test_a_broken_or_blank_row_is_named_with_its_line(row: str, tmp_path: Path) -> None:
    (tmp_path / "madlibs").mkdir()
    (tmp_path / labelled.MADLIBS.path).write_text(f"template,toxicity,phrase\n{row}\n")
    with pytest.raises(UsageError, match=r"templates\.csv:2"):
        labelled.load(Sources(data_dir=tmp_path))

"""A user's own file is read whole or refused with the line that is wrong; its texts are hostile."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import plan as plans
from audit.errors import UsageError
from audit.plan import ProbePlan
from audit.records import Kind, Prompt
from probes import own_file, reading

ROW: dict[str, Any] = {"id": "a", "text": "Once", "style": "continue", "tags": {"group": "x"}}
LINE = json.dumps(ROW)


def load(path: Path, kind: Kind = "toxicity") -> tuple[Prompt, ...]:
    return own_file.load(ProbePlan(name="mine", file=str(path), kind=kind))[1]


def load_bytes(folder: Path, data: bytes, kind: Kind = "toxicity") -> tuple[Prompt, ...]:
    path = folder / "mine.jsonl"
    path.write_bytes(data)
    return load(path, kind)


def load_row(folder: Path, row: dict[str, Any], kind: Kind = "toxicity") -> Prompt:
    return load_bytes(folder, json.dumps(row).encode(), kind)[0]


def test_a_row_becomes_a_prompt_of_the_plans_set(tmp_path: Path) -> None:
    assert load_row(tmp_path, ROW) == Prompt(
        id="mine/a", probe="mine", text="Once", style="continue", tags={"group": "x"}
    )


@pytest.mark.parametrize(
    "data",
    [
        f"{LINE}\n",
        LINE,
        f"\ufeff{LINE}\n",
        f"{LINE}\r\n",
        f"{LINE}\n\n  \n\r\n",
        f"\ufeff{LINE}\r\n\r\n",
        f"  {LINE}  \n",
    ],
)
def test_marks_line_ends_and_blank_ends_change_nothing(data: str, tmp_path: Path) -> None:
    assert [prompt.text for prompt in load_bytes(tmp_path, data.encode())] == ["Once"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ("once", "not JSON"),
        ("[1]", "row: "),
        ("null", "row: "),
        ("3", "row: "),
        ('{"id": "b", "style": "continue"}', "text: Field required"),
        ('{"id": "b", "text": null, "style": "continue"}', "text: "),
        ('{"id": "b", "text": 5, "style": "continue"}', "text: "),
        ('{"id": 5, "text": "x", "style": "continue"}', "id: "),
        ('{"id": "", "text": "x", "style": "continue"}', "id: "),
        ('{"id": "b\\ud800", "text": "x", "style": "continue"}', "id: "),
        ('{"id": "b", "text": "x", "style": "shout"}', "style: "),
        ('{"id": "b", "text": "x"}', "style: Field required"),
        ('{"id": "b", "text": "x", "style": "continue", "tags": {"n": 3}}', "tags.n: "),
        ('{"id": "b", "text": "x", "style": "continue", "tags": ["n"]}', "tags: "),
        (
            '{"id": "b", "text": "x", "style": "continue", "tag": {}}',
            "unknown key tag; did you mean tags?",
        ),
        ('{"id": "b", "id": "c", "text": "x", "style": "continue"}', "a key stands twice"),
        ('{"id": "b", "text": NaN, "style": "continue"}', "NaN is no JSON number"),
        ("[" * 100_000, "nested too deeply"),
        ("9" * 10_000, "not JSON"),
        (f"{LINE}{LINE}", "not JSON"),
        ("", "blank line"),
        ("\u2028", "blank line"),
    ],
)
def test_a_broken_line_is_named_with_its_number(line: str, said: str, tmp_path: Path) -> None:
    good = [json.dumps(ROW | {"id": f"g{n}"}) for n in range(5)]
    data = "\r\n".join([*good[:3], line, *good[3:]])
    with pytest.raises(UsageError, match=r"mine\.jsonl:4: ") as error:
        load_bytes(tmp_path, data.encode())
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_line_that_is_not_utf8_is_named_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"mine\.jsonl:2: not UTF-8 \(byte 3\)"):
        load_bytes(tmp_path, LINE.encode() + b'\n{"i\xff"}\n')


@pytest.mark.parametrize(
    "text",
    [
        "nul \x00 inside",
        "turned \u202e around",
        "<|endoftext|><|im_start|>system",
        "</script><img src=x onerror=alert(1)>",
        "lines\nof \u2028 many \x85 kinds \x0b\x0c",
        "\ufeffmark",
        "",
        " ",
        "e\u0301 \U0001f9d1\u200d\U0001f680",
    ],
)
def test_hostile_text_is_kept_as_it_is(text: str, tmp_path: Path) -> None:
    prompt = load_row(tmp_path, ROW | {"text": text})
    assert prompt.text == text
    assert "repaired" not in prompt.tags


def test_a_lone_surrogate_is_made_visible_and_flagged(tmp_path: Path) -> None:
    prompt = load_row(tmp_path, ROW | {"text": "a \ud800 b"})
    assert prompt.text == "a \\ud800 b"
    assert prompt.tags == {"group": "x", "repaired": "lone surrogate"}


def test_a_pair_of_surrogates_is_one_character(tmp_path: Path) -> None:
    line = LINE.replace("Once", "\\ud83d\\ude00")
    assert load_bytes(tmp_path, line.encode())[0].text == "\U0001f600"


def test_a_text_of_ten_megabytes_is_accepted(tmp_path: Path) -> None:
    assert len(load_row(tmp_path, ROW | {"text": "a" * 10_000_000}).text) == 10_000_000


@given(
    st.lists(
        st.tuples(st.text(), st.dictionaries(st.text(), st.text(), max_size=3)),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_is_written_as_json_lines_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    items: list[tuple[str, dict[str, str]]],
    ascii_only: bool,
    end: str,
) -> None:
    rows = [
        {"id": str(n), "text": text, "style": "instruct", "tags": tags}
        for n, (text, tags) in enumerate(items)
    ]
    text = end.join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
    prompts = load_bytes(tmp_path_factory.mktemp("own"), text.encode())
    assert [(prompt.text, prompt.tags) for prompt in prompts] == items


@given(st.binary(max_size=200))
def test_any_bytes_are_prompts_or_one_line_of_refusal(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    try:
        load_bytes(tmp_path_factory.mktemp("own"), data)
    except UsageError as error:
        assert "\n" not in str(error)  # noqa: PT017  # either outcome is right


# --- the file itself ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mine.jsonl.gz", "mine.jsonl"])
def test_a_compressed_file_is_refused_whatever_its_name(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(gzip.compress(LINE.encode()))
    with pytest.raises(UsageError, match="is compressed; unpack it"):
        load(tmp_path / name)


def test_a_file_beyond_the_cap_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    path.touch()
    os.truncate(path, reading.MAX_FILE_BYTES + 1)
    with pytest.raises(UsageError, match="is larger than"):
        load(path)


def test_a_pipe_a_folder_and_nothing_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "none"):
        with pytest.raises(UsageError, match="is not a file"):
            load(tmp_path / name)


# --- what a kind of set needs ------------------------------------------------------------------

SENTENCE: dict[str, Any] = {
    "id": "a",
    "text": "x",
    "style": "sentence",
    "tags": {"label": "hate", "groups": "a,b", "toxicity_score": "3.5"},
}


def test_sentences_are_for_likelihood_sets(tmp_path: Path) -> None:
    assert load_row(tmp_path, SENTENCE, "likelihood").tags["groups"] == "a,b"


@pytest.mark.parametrize(
    ("row", "kind", "said"),
    [
        (ROW, "likelihood", "needs sentence"),
        (SENTENCE, "toxicity", "needs continue or instruct"),
        (SENTENCE | {"tags": {}}, "likelihood", r"tags\.label must be hate or neutral"),
        (ROW, "refusal", r"tags\.label must be safe or unsafe"),
        (SENTENCE | {"tags": {"label": "hate"}}, "likelihood", r"tags\.groups"),
        *(
            (SENTENCE | {"tags": SENTENCE["tags"] | {"toxicity_score": s}}, "likelihood", "above 0")
            for s in ("", "high", "0", "-1", "nan", "inf")
        ),
    ],
)
def test_a_row_that_its_kind_cannot_measure_is_refused(
    row: dict[str, Any], kind: Kind, said: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=rf"mine\.jsonl:1: .*{said}"):
        load_row(tmp_path, row, kind)


@pytest.mark.parametrize("said", ['file = "a.jsonl"', 'kind = "code"'])
def test_a_plan_says_both_file_and_kind_or_neither(said: str) -> None:
    with pytest.raises(UsageError, match="`file` and `kind` go together"):
        plans.parse(
            '[[models]]\nname = "m"\nid = "m"\nrole = "target"\n[[probes]]\nname = "p"\n' + said
        )


def test_a_file_of_ones_own_is_no_set_of_stereotypes(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"id": "a", "text": "A text.", "style": "sentence"}\n')
    with pytest.raises(UsageError, match="cannot be of kind stereotype"):
        load(path, "stereotype")

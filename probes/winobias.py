"""WinoBias: whom does the pronoun mean, in sentences with and against the stereotype of a job?

Each sentence names two jobs and has a pronoun that means one of them; in the sentence it is paired
with, only the pronoun's gender is the other. As in Winogender, each is asked as two texts,
`<sentence> 'She' refers to the <job>`. The trap: the published pairs are not all pairs. Some differ
in more words than their pronouns; they are asked, and are in no gap.

Source:
    Zhao, J. et al. (2018), Gender Bias in Coreference Resolution, doi:10.18653/v1/N18-2003.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from audit.errors import UsageError
from audit.records import Prompt
from probes import reading
from probes.interface import Probe, PublicFile, Repository, Sources
from probes.winogender import question

REPOSITORY = Repository("uclanlp/corefBias", "0bce984dd081bbc10b0622f326727a024c607895")

PROBE = Probe(
    name="winobias",
    title="WinoBias",
    kind="stereotype",
    scorers=(),
    licence="MIT",
    source=REPOSITORY.source,
    n=2 * 3_166,
    tokens_each=26,
    about="Sentences with and against the stereotype of a job; a gap means that it decides.",
    direction="nearer 0 is better",
)

_JOBS = {
    "male_occupations.txt": "6b82d88847b69d56d207a0c396e9830b031890de585e916e6b4e9bc50672657e",
    "female_occupations.txt": "693bff12286c2c1d46c7d4d45a44a631574710c30b39c1a3001bb7bdebb44ed8",
}
_SENTENCES = {
    # Whether it follows the stereotype, the type, and which half.
    ("pro", "1", "dev"): "dd55a0d220fe4c0ceb63dd4648223fb4fe1a58d5ad95c116a002ad24b0e292a5",
    ("pro", "1", "test"): "db7838907238a758eeb5779e48f38c013b892910d6fe864456c59f04245c6689",
    ("pro", "2", "dev"): "8f0250de723cea9328e3eaf7169e07936f01aa5909ce7aa580db66eb803f4e86",
    ("pro", "2", "test"): "ea1c1fd94fa612e3cc44d7fa3cc4cb76021bb63fdf94f9826f430051e9052438",
    ("anti", "1", "dev"): "a4e0ebae344e78b56f657a42e8ae684b9db7747d177c5e7149c0907ebb7f3bf6",
    ("anti", "1", "test"): "331db5bd74bfefebf146a60b67645152a4a1991570d2a56f57154103ac361dd2",
    ("anti", "2", "dev"): "763ad829ad724f9a85ead689ba8ca69072020cb1238def6210f0fc6a47b97e59",
    ("anti", "2", "test"): "336571ac1ea8c06cd2aba8e5dd2bd98e00acc0c48da3e4ec5ec7e54eb2633a8f",
}

_Half = tuple[str, str, str]


def _file(name: str, sha256: str) -> PublicFile:
    return REPOSITORY.file(f"winobias/{name}", f"WinoBias/wino/data/{name}", sha256)


_LISTS = tuple(_file(name, sha256) for name, sha256 in _JOBS.items())
_HALVES: Mapping[_Half, PublicFile] = {
    (direction, kind, half): _file(f"{direction}_stereotyped_type{kind}.txt.{half}", sha256)
    for (direction, kind, half), sha256 in _SENTENCES.items()
}
FILES = (*_LISTS, *_HALVES.values())

_LINE = re.compile(r"([0-9]{1,6}) (\S.*)")
_BRACKETS = re.compile(r"\[([^\]]+)\]")
_PRONOUNS = frozenset({"he", "him", "his", "himself", "she", "her", "hers", "herself"})


@dataclass(frozen=True)
class _Sentence:
    text: str
    pronoun: str
    right: str
    """The job it means."""

    other: str

    @property
    def frame(self) -> tuple[str, ...]:
        """Give its words without the gender of its pronouns: equal in two sentences of a pair."""
        words = re.findall(r"\w+", self.text.casefold())
        return tuple("" if word in _PRONOUNS else word for word in words)


def load(sources: Sources) -> Sequence[Prompt]:
    """Give both texts of every sentence that names two jobs of the lists.

    Tags: `item` (the sentence), `option` (right or other), `right`, `whole` (both sentences of a
    pair), `type` (1: the meaning decides, 2: the grammar does), `direction` (pro or anti),
    `matched` (whether the pair differs in its pronouns alone), `occupation` (the job that is
    meant). A prompt's part is the job.

    Raises:
        UsageError: If a file is not to be had, or a row is broken, with file and line.
        RefusedError: If a file's hash is not the locked one.
    """
    jobs = _jobs(sources)
    found: list[Prompt] = []
    for _, kind, half in (name for name in _HALVES if name[0] == "pro"):
        pro, anti = (_sentences((one, kind, half), jobs, sources) for one in ("pro", "anti"))
        for number in sorted(pro.keys() | anti.keys()):
            both = {"pro": pro.get(number), "anti": anti.get(number)}
            frames = {one.frame if one else () for one in both.values()}
            tags = {
                "n_options": "2",
                "right": "right",
                "whole": f"{kind}.{half}.{number:03d}",
                "type": kind,
                "matched": "yes" if len(frames) == 1 else "no",
            }
            for direction, sentence in both.items():
                if sentence:
                    found += _texts(sentence, {**tags, "direction": direction})
    return reading.tag_duplicates(found)


def note(sources: Sources) -> str:
    """Say how many sentences do not name two jobs of the lists; empty if none."""
    jobs = _jobs(sources)
    n_asked = sum(len(_sentences(name, jobs, sources)) for name in _HALVES)
    n_lines = sum(1 for file in _HALVES.values() for _ in _lines(file, sources))
    n_left_out = n_lines - n_asked
    return f"{n_left_out} sentences without two known jobs left out" if n_left_out else ""


def _lines(file: PublicFile, sources: Sources) -> Iterator[tuple[str, str]]:
    """Give a file's lines, each with its place for messages."""
    path, data = reading.read(file, sources)
    for number, line in reading.lines(data, path):
        yield f"{path}:{number}", line.strip()


def _jobs(sources: Sources) -> re.Pattern[str]:
    names = {line.casefold() for file in _LISTS for _, line in _lines(file, sources)}
    longest_first = sorted(names, key=lambda name: (-len(name), name))
    return re.compile(rf"\b({'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)


def _sentences(name: _Half, jobs: re.Pattern[str], sources: Sources) -> dict[int, _Sentence]:
    """Give a file's sentences by their number."""
    found = {}
    for where, line in _lines(_HALVES[name], sources):
        parts = _LINE.fullmatch(line)
        marked = _BRACKETS.findall(line)
        pronouns = [mark for mark in marked if mark.casefold() in _PRONOUNS]
        persons = [mark for mark in marked if mark.casefold() not in _PRONOUNS]
        if not parts or not pronouns or len(persons) != 1:
            raise UsageError(f"{where}: no sentence with a marked person and pronoun")
        text = _BRACKETS.sub(r"\1", parts[2])
        named = {job.casefold(): job for job in jobs.findall(text)}
        right = jobs.search(persons[0])
        others = [job for folded, job in named.items() if right and folded != right[0].casefold()]
        if right and len(others) == 1:
            found[int(parts[1])] = _Sentence(text, pronouns[0], right[0], others[0])
    return found


def _texts(sentence: _Sentence, tags: dict[str, str]) -> Iterator[Prompt]:
    item = f"{tags['whole']}.{tags['direction']}"
    context = question(sentence.text, sentence.pronoun)
    for option, job in (("right", sentence.right), ("other", sentence.other)):
        text = f"{context} {job}"
        yield Prompt(
            id=f"winobias/{item}/{option}",
            probe="winobias",
            text=text,
            style="sentence",
            tags={**tags, "item": item, "option": option, "occupation": sentence.right.casefold()},
            part=((len(context), len(text)),),
        )

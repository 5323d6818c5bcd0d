"""What a report shows whole is chosen, and nothing that it leaves out is lost."""

from __future__ import annotations

import gzip
import json

from audit.records import Completion, Failed, Graded, Likelihood, Prompt, Ungraded, Verdict
from audit.results import Answered, Outline, Sample
from audit.samples import choose, outline, packed


def sample(name: str, probe: str, *values: float) -> Sample:
    """Give a prompt whose answers by one model have these grades."""
    id_ = f"{probe}/{name}"
    return Sample(
        prompt=Prompt(id=id_, probe=probe, text="t", style="continue", tags={"group": "women"}),
        answers=tuple(answer(id_, i, Graded(value=value)) for i, value in enumerate(values)),
    )


def answer(id_: str, i: int, verdict: Verdict) -> Answered:
    text = Completion(prompt_id=id_, sample=i, text="c", token_ids=(), finish_reason="stop")
    return Answered(model="m", sample=i, answer=text, verdicts={"toxicity": verdict})


def chosen(
    samples: list[Sample], limit: int, seed: int
) -> tuple[tuple[Sample, ...], tuple[Outline, ...]]:
    return choose(samples, [*map(outline, samples)], limit, seed)


def test_harmful_answers_come_first_then_an_even_share_of_each_set() -> None:
    large = [sample(str(i), "large", 0.9 if i % 100 == 0 else 0.1) for i in range(900)]
    small = [sample(str(i), "small", 0.1) for i in range(20)]
    shown, outlines = chosen([*large, *small], 29, seed=1)
    harmful = [one.id for one in map(outline, shown) if one.tallies["m"].harmful]
    assert harmful == [f"large/{i}" for i in range(0, 900, 100)]
    calm = [s.prompt.probe for s in shown][9:]
    assert (calm.count("large"), calm.count("small")) == (10, 10)
    assert len(shown) + len(outlines) == 920
    assert {s.prompt.id for s in shown}.isdisjoint(one.id for one in outlines)


def test_too_many_harmful_answers_are_shared_between_the_sets_too() -> None:
    samples = [sample(str(i), "a" if i < 90 else "b", 0.9) for i in range(100)]
    shown, _ = chosen(samples, 20, seed=1)
    assert [s.prompt.probe for s in shown] == ["a"] * 10 + ["b"] * 10


def test_the_choice_depends_on_the_seed_and_not_on_the_order() -> None:
    samples = [sample(str(i), "a", 0.1) for i in range(60)]
    one, again, other = (
        {s.prompt.id for s in chosen(given, 20, seed)[0]}
        for given, seed in ((samples, 1), (samples[::-1], 1), (samples, 2))
    )
    assert one == again != other


def test_an_outline_counts_what_became_of_each_answer() -> None:
    mixed = sample("x", "a", 0.7, 0.2, 0.5)
    failed = Answered(model="m", sample=3, answer=Failed(prompt_id="a/x", sample=3, reason="r"))
    empty = answer("a/x", 4, Ungraded(reason="empty"))
    tally = outline(mixed.model_copy(update={"answers": (*mixed.answers, failed, empty)})).tallies[
        "m"
    ]
    assert (tally.n, tally.harmful, tally.unknown, tally.worst) == (5, 2, 2, 0.7)


def test_a_likelihood_is_no_missing_grade() -> None:
    known = Likelihood(
        prompt_id="a/x", n_tokens=2, log_likelihood=-1, n_tokens_bos=3, log_likelihood_bos=-2
    )
    one = Answered(model="m", sample=0, answer=known)
    tally = outline(sample("x", "a").model_copy(update={"answers": (one,)})).tallies["m"]
    assert (tally.n, tally.harmful, tally.unknown) == (1, 0, 0)


def test_the_file_of_all_samples_has_the_same_bytes_each_time() -> None:
    samples = [sample(str(i), "a", 0.1) for i in range(5)]
    packed_once, again = (b"".join(packed(samples)) for _ in range(2))
    assert packed_once == again
    lines = gzip.decompress(packed_once).splitlines()
    assert [Sample.model_validate_json(line) for line in lines] == samples
    assert json.loads(lines[0])["prompt"]["id"] == "a/0"

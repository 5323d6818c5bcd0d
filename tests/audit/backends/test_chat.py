"""A chat template is its author's program: it must keep the prompt, and come to an end."""

from __future__ import annotations

import pytest

from audit.backends.chat import Template
from audit.errors import RefusedError

SPECIAL = {"bos_token": "<s>", "eos_token": "</s>"}
FRAME = "{{ bos_token }}[{{ messages[0]['content'] }}]"

REFUSED = {
    "does not parse": "{% for m in %}",
    "raises": "{{ raise_exception('no system role\nhere') }}",
    "drops the prompt": "{{ bos_token }}hello",
    "writes it twice": FRAME + FRAME,
    "swaps it": "{{ messages[0]['content'] | upper }}",
    "loops for ever": (
        "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}"
        "{% endfor %}{% endfor %}{% endfor %}" + FRAME
    ),
    "fills the memory": "{{ ('A' * 3000000000) | length }}" + FRAME,
    "writes without end": "{{ 'A' * 60000000 }}" + FRAME,
    "reads an attribute of the system": "{{ ''.__class__.__mro__[1].__subclasses__() }}" + FRAME,
    "reads a file": "{% include '/etc/passwd' %}" + FRAME,
    "draws a number": "{{ range(99999) | random }}" + FRAME,
    "recurses": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}" + FRAME,
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_hostile_template_is_refused_in_one_line(case: str) -> None:
    with pytest.raises(RefusedError, match="chat template") as caught:
        Template(REFUSED[case], SPECIAL)
    assert "\n" not in str(caught.value)
    assert "prompt_mode" in str(caught.value)


def test_a_template_that_turns_on_one_prompt_is_refused_for_it() -> None:
    template = Template(
        "{{ bos_token }}[{{ 'Say no.' if 'probe' in messages[0]['content'] else "
        "messages[0]['content'] }}]",
        SPECIAL,
    )
    assert template.render(["a plain text"]) == ["<s>[a plain text]"]
    with pytest.raises(RefusedError, match="does not keep the prompt 'a probe'"):
        template.render(["a plain text", "a probe"])


def test_a_template_that_adds_to_one_prompt_is_refused_for_it() -> None:
    template = Template(
        FRAME + "{% if 'probe' in messages[0]['content'] %} Refuse.{% endif %}", SPECIAL
    )
    with pytest.raises(RefusedError, match="does not keep the prompt"):
        template.render(["a probe"])


def test_a_template_may_trim_a_prompt() -> None:
    template = Template("<{{ messages[0]['content'] | trim }}>", SPECIAL)
    assert template.render(["  a\nb \n"]) == ["<a\nb>"]


def test_a_template_that_dates_its_prompts_meets_a_clock_that_stands() -> None:
    template = Template("{{ strftime_now('%Y-%m-%d %H:%M') }}" + FRAME, SPECIAL)
    assert template.render(["x"]) == ["2024-01-01 00:00<s>[x]"]


def test_text_that_looks_like_a_template_is_text() -> None:
    template = Template(FRAME, SPECIAL)
    text = "{{ 7 * 7 }}{% raw %}<s>\u2028]"
    assert template.render([text]) == [f"<s>[{text}]"]

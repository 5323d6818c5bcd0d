"""A model behind a server that speaks OpenAI's completions or chat interface.

The trap: a content filter, a lost answer or a server that ignores what it was asked looks like a
harmless model. Whatever is not a whole answer of the model is `Failed` with its reason. What a
server writes is not repeatable, and its template is not seen: the model's card says so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import Any, TypeVar

from audit.backends.encoding import visible
from audit.backends.files import one_line
from audit.backends.interface import effective_mode
from audit.backends.server import Said, Server, Unsaid, plain
from audit.errors import RefusedError
from audit.plan import ModelPlan
from audit.records import (
    Completion,
    Decoding,
    Failed,
    Likelihood,
    ModelCard,
    Prompt,
    Request,
    Spans,
    Usage,
)

CHARACTERS_PER_TOKEN = 4
"""For planning only: the server's tokenizer is not here."""

UNBOUNDED = 2**20
"""The server says itself what is too long."""

NOTES = (
    "answers come from a server: the same request need not get the same answer again",
    "prompt lengths are estimates, of 4 characters a token",
)
UNSEEN = "the server applies its chat template, which is not seen here"

ENDS = {"stop": "stop", "length": "length"}
REFUSED_ENDS = {"content_filter": "content filter", "tool_calls": "tool call"}

A = TypeVar("A", Completion, Likelihood, Failed)


def load(model: ModelPlan) -> OpenAIBackend:
    """Reach a model's server.

    Raises:
        UsageError: If its key is not in the environment.
        RefusedError: If the server does not answer, or does not have the model.
    """
    server = Server(model.url, model.server)
    try:
        _check_model(server, model.id)
    except BaseException:
        server.close()
        raise
    chat = model.prompt_mode == "chat"
    card = ModelCard(
        name=model.name,
        role=model.role,
        id=model.id,
        revision=model.revision,
        architecture="served",
        n_parameters=0,
        dtype="as served",
        device=server.url,
        prompt_mode=model.prompt_mode,
        template_sha256="",
        notes=(*NOTES, UNSEEN) if chat else NOTES,
    )
    return OpenAIBackend(card, server, model)


class OpenAIBackend:
    """One served model; see `audit.backends.interface.Backend`."""

    max_positions = UNBOUNDED

    def __init__(self, card: ModelCard, server: Server, model: ModelPlan) -> None:
        self.card = card
        self._server = server
        self._concurrency = model.server.concurrency
        self._length_field = model.server.length_field

    def close(self) -> None:
        """Give up whatever is under way."""
        self._server.close()

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        """Give each prompt as it is sent; a chat template is applied by the server."""
        modes = [effective_mode(self.card.prompt_mode, prompt.style) for prompt in prompts]
        return [
            f"Instruct: {visible(prompt.text)}\nOutput:"
            if mode == "instruct-output"
            else visible(prompt.text)
            for prompt, mode in zip(prompts, modes, strict=True)
        ]

    def count_tokens(self, texts: Sequence[str]) -> list[int | str]:
        """Estimate each text's tokens; an empty text cannot be asked."""
        return [1 + len(text) // CHARACTERS_PER_TOKEN if text else "empty prompt" for text in texts]

    def answer(self, requests: Sequence[Request]) -> list[Completion | Likelihood | Failed]:
        """Ask all requests of a batch, several at a time.

        Raises:
            RefusedError: If the server is gone or fails at every request: what was answered before
                is kept, and the same command goes on.
        """
        with ThreadPoolExecutor(self._concurrency) as threads:
            try:
                answers = list(threads.map(self._answer, requests))
            except Exception:
                self._server.stop()  # what the other threads have under way comes to its end
                raise
            except BaseException:
                self._server.close()  # a person waits
                raise
        errors = {one.reason if isinstance(one, Failed) else "" for one in answers}
        if (
            len(answers) > 1
            and len(errors) == 1
            and (worst := errors.pop()).startswith("server error")
        ):
            raise RefusedError(
                f"{self._server.url} fails at all {len(answers)} requests of a batch ({worst}); "
                "mend it, and the same command goes on from here"
            )
        return answers

    def _answer(self, request: Request) -> Completion | Likelihood | Failed:
        if request.decoding is None:
            return self._measure(request)
        chat = self.card.prompt_mode == "chat"
        said = self._server.post(
            "/chat/completions" if chat else "/completions",
            self._body(request, request.decoding, chat=chat),
        )
        if isinstance(said, Unsaid):
            return _unanswered(request, said)
        return self._completion(request, request.decoding, said, chat=chat)

    def _body(self, request: Request, decoding: Decoding, *, chat: bool) -> dict[str, Any]:
        asked: dict[str, Any] = {"prompt": request.text}
        if chat:
            asked = {"messages": [{"role": "user", "content": request.text}]}
        greedy = decoding.strategy == "greedy"
        return asked | {
            "model": self.card.id,
            self._length_field: decoding.max_new_tokens,
            "temperature": 0.0 if greedy else decoding.temperature,
            "top_p": 1.0 if greedy else decoding.top_p,
            "seed": request.seed % 2**31,  # what every server takes
            "n": 1,
            "stream": False,
            **({"stop": list(decoding.stop)} if decoding.stop else {}),
        }

    def _completion(
        self, request: Request, decoding: Decoding, said: Said, *, chat: bool
    ) -> Completion | Failed:
        usage = _usage(said)
        choice = _only_choice(said.body)
        if isinstance(choice, str):
            return _failed(request, choice, usage)
        text = _chat_text(choice) if chat else choice.get("text")
        end = choice.get("finish_reason")
        if not isinstance(end, str) or end not in ENDS:
            reason = REFUSED_ENDS.get(end, "unknown end") if isinstance(end, str) else "unknown end"
            return _failed(request, reason, usage)
        if not isinstance(text, str):
            return _failed(request, "no text", usage)
        kept = visible(text)
        cut = decoding.cut(kept)  # some servers ignore stop strings
        return Completion(
            prompt_id=request.prompt_id,
            sample=request.sample,
            text=cut,
            token_ids=(),
            finish_reason="stop" if end == "stop" or cut != kept else "length",
            repaired=kept != text,
            usage=usage,
        )

    # --- likelihood ----------------------------------------------------------------------------

    def _measure(self, request: Request) -> Likelihood | Failed:
        """Have the prompt echoed with its log-probabilities: the old interface alone gives them."""
        body = {
            "model": self.card.id,
            "prompt": request.text,
            "max_tokens": 1,
            "temperature": 0.0,
            "logprobs": 1,
            "echo": True,
            "n": 1,
            "stream": False,
        }
        said = self._server.post("/completions", body)
        if isinstance(said, Unsaid):
            return _unanswered(request, said)
        choice = _only_choice(said.body)
        if isinstance(choice, str):
            return _failed(request, choice, _usage(said))
        return likelihood(request, choice.get("logprobs"), _usage(said))


def likelihood(request: Request, logprobs: object, usage: Usage) -> Likelihood | Failed:
    """Read how likely a server finds a request's text, from the text's own echoed tokens.

    The tokens must spell the text, alone or behind one start token; whatever was written after it
    is left out. Without a start token the first token has no likelihood, and none is conditioned on
    the beginning of text.
    """
    tokens, values = _echoed(logprobs)
    n_start = _n_start(tokens, request.text)
    if n_start is None:
        return _failed(request, "no log-likelihoods", usage)
    ends = list(accumulate(len(token) for token in tokens[n_start:]))
    n = n_start + sum(end <= len(request.text) for end in ends)
    scored = values[1:n]
    if not scored:
        return _failed(request, "one token", usage)
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in scored):
        return _failed(request, "no log-likelihoods", usage)
    total = float(sum(scored))
    part = _part(ends[: n - n_start], request.part) if n_start else []
    return Likelihood(
        prompt_id=request.prompt_id,
        sample=request.sample,
        n_tokens=len(scored),
        log_likelihood=total,
        n_tokens_bos=len(scored) if n_start else 0,
        log_likelihood_bos=total if n_start else 0.0,
        n_tokens_part=len(part),
        log_likelihood_part=float(sum(scored[place] for place in part)),
        usage=usage,
    )


def _echoed(logprobs: object) -> tuple[list[str], list[Any]]:
    if not isinstance(logprobs, dict):
        return [], []
    tokens, values = logprobs.get("tokens"), logprobs.get("token_logprobs")
    if not isinstance(tokens, list) or not isinstance(values, list) or len(tokens) != len(values):
        return [], []
    return (tokens, values) if all(isinstance(token, str) for token in tokens) else ([], [])


def _n_start(tokens: Sequence[str], text: str) -> int | None:
    """Count the start tokens before a text, 0 or 1; `None` if the tokens do not spell it."""
    for n_start in (0, 1):
        ends = accumulate(len(token) for token in tokens[n_start:])
        if "".join(tokens[n_start:]).startswith(text) and len(text) in ends:
            return n_start
    return None


def _part(ends: Sequence[int], spans: Spans) -> list[int]:
    """Give the places of the tokens of a text's part; none if a token crosses its border."""
    borders = {0, *ends}
    if not all(start in borders and end in borders for start, end in spans):
        return []
    return [i for start, end in spans for i, last in enumerate(ends) if start < last <= end]


# --- what a server said ------------------------------------------------------------------------


def _check_model(server: Server, model_id: str) -> None:
    """Make sure that a server has a model, as far as it says what it has."""
    said = server.get("/models")
    if isinstance(said, Unsaid):
        if said.reason in {"server status 404", "server status 405"}:
            return
        raise RefusedError(f"{server.url} does not list its models: {plain(said)}")
    listed = said.body.get("data")
    entries = listed if isinstance(listed, list) else []
    names = [str(one.get("id")) for one in entries if isinstance(one, dict)]
    if names and model_id not in names:
        has = one_line(", ".join(names[:5]))
        raise RefusedError(f"{server.url} has no model {one_line(model_id)}; it has {has}")


def _only_choice(body: dict[str, Any]) -> dict[str, Any] | str:
    choices = body.get("choices")
    if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict):
        return "not one choice"
    choice: dict[str, Any] = choices[0]
    return choice


def _chat_text(choice: dict[str, Any]) -> object:
    message = choice.get("message")
    if not isinstance(message, dict):
        return None
    # Some servers put a model's own refusal apart: it is what the model wrote.
    text: object = message.get("content")
    return message.get("refusal") if text is None else text


def _usage(said: Said) -> Usage:
    told = said.body.get("usage")
    counts = told if isinstance(told, dict) else {}

    def count(key: str) -> int:
        value = counts.get(key)
        return value if isinstance(value, int) and 0 <= value < 2**31 else 0

    return Usage(
        n_requests=said.n_requests,
        n_prompt_tokens=count("prompt_tokens"),
        n_new_tokens=count("completion_tokens"),
    )


def _unanswered(request: Request, said: Unsaid) -> Failed:
    error = said.body.get("error")
    filtered = isinstance(error, dict) and error.get("code") == "content_filter"
    reason = "content filter" if filtered else said.reason
    return _failed(request, reason, Usage(n_requests=said.n_requests))


def _failed(request: Request, reason: str, usage: Usage) -> Failed:
    return Failed(prompt_id=request.prompt_id, sample=request.sample, reason=reason, usage=usage)

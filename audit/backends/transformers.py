"""The engine: any causal language model of the Hugging Face kind, safely loaded, in batches.

Text is written in slots that are refilled as texts end; by the library's `generate`, for families
that cannot. Either way the next token is chosen here, greedily or by noise keyed to the record. The
model's own wishes for how to generate are recorded on its card and not honoured: a cut or garbled
completion would read as a harmless one.
"""

from __future__ import annotations

import gc
import hashlib
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import torch

from audit.backends.chat import Template
from audit.backends.company import (
    check_causal,
    longest_in_company,
    padding_is_harmless,
    write_together,
)
from audit.backends.encoding import Encoder, visible
from audit.backends.files import one_line
from audit.backends.folders import find
from audit.backends.interface import effective_mode
from audit.backends.likelihood import Scorer
from audit.backends.loading import load_model, load_tokenizer, prepare, read_skeleton
from audit.backends.slots import Row, Slots, Written, never, why_not
from audit.backends.stopping import is_stopped
from audit.backends.wishes import ends_and_wishes
from audit.errors import OutOfMemoryError, RefusedError
from audit.plan import ModelPlan
from audit.products import reuse_memory
from audit.records import Completion, Decoding, Failed, Likelihood, ModelCard, Prompt, Request

_POSITIONS = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx")
_UNBOUNDED = 2**20
"""For models whose architecture has no longest text."""

_ALONE = "padding disturbs this model: its texts are asked one at a time"

_TURNS = {"cpu": 4}
_TURNS_ELSEWHERE = 32
"""Rows of a batch for each slot. While the last rows of a batch end, slots stand empty: a CPU
hardly minds, a GPU takes as long for few rows as for many. A kill costs a batch."""


def load(model: ModelPlan) -> TransformersBackend:
    """Load a model from the hub, a folder, or the package.

    Raises:
        RefusedError: If it cannot be trusted or had.
        UsageError: If the plan asks for a device this machine lacks.
    """
    device, dtype = prepare(model)
    reuse_memory()
    folder = find(model.id, model.revision)
    skeleton = read_skeleton(folder, model.id, dtype)
    tokenizer = load_tokenizer(folder, skeleton, model.id)
    template = _template(tokenizer, model)
    ends, overridden = ends_and_wishes(folder, tokenizer, skeleton, model.id)
    network = load_model(folder, skeleton, model.id, dtype, device)
    card = ModelCard(
        name=model.name,
        role=model.role,
        id=model.id,
        revision=folder.revision,
        architecture=type(network).__name__,
        n_parameters=network.num_parameters(),
        dtype=str(dtype).removeprefix("torch."),
        device=_device_name(device),
        prompt_mode=model.prompt_mode,
        template_sha256=hashlib.sha256(template.source.encode()).hexdigest() if template else "",
        overridden=overridden,
        notes=_notes(tokenizer, network, ends),
    )
    return TransformersBackend(card, network, tokenizer, template, ends)


class TransformersBackend:
    """One loaded model; see `audit.backends.interface.Backend`."""

    def __init__(
        self,
        card: ModelCard,
        model: Any,
        tokenizer: Any,
        template: Template | None,
        ends: list[int],
    ) -> None:
        self.card = card
        self.max_positions = _max_positions(model, tokenizer)
        self._model = model
        self._template = template
        self._encoder = Encoder(tokenizer, template.frame if template else None)
        self._ends = ends
        pad = tokenizer.pad_token_id
        self._pad: int = pad if pad is not None else (ends or [0])[0]
        self._longest_in_company = longest_in_company(model.config)
        self._slots = Slots(model, ends)
        why = why_not(model)
        if why:  # what runs in slots was held against the library's own run
            check_causal(model)
        self._in_slots = not why
        self._scorer = Scorer(model, in_slots=not why)
        notes = [why] if why else []
        if why and not padding_is_harmless(model, self._pad):
            self._longest_in_company = 0
            notes.append(_ALONE)
        turns = 1 if why else _TURNS.get(model.device.type, _TURNS_ELSEWHERE)
        self.card = card.model_copy(update={"notes": (*card.notes, *notes), "turns": turns})

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        """Give each prompt as the model will see it; lone surrogates as visible escapes.

        Raises:
            RefusedError: If the chat template fails, or does not keep a prompt's text.
        """
        texts = [visible(prompt.text) for prompt in prompts]
        modes = [effective_mode(self.card.prompt_mode, prompt.style) for prompt in prompts]
        chats = [text for text, mode in zip(texts, modes, strict=True) if mode == "chat"]
        framed = iter(self._template.render(chats) if self._template and chats else [])
        return [
            next(framed) if mode == "chat" else _instruct(text) if mode != "raw" else text
            for text, mode in zip(texts, modes, strict=True)
        ]

    def count_tokens(self, texts: Sequence[str]) -> list[int | str]:
        """Count each text's tokens, special tokens included; or say why it cannot be asked."""
        counts: list[int | str] = []
        for text in texts:
            chat = self._template is not None
            ids = self._encoder.encode(text, chat=chat)
            if isinstance(ids, str):
                counts.append(ids)
            elif len(ids) > self.max_positions:
                counts.append("too long")
            elif not self._encoder.keeps(text, chat=chat):
                counts.append("tokenizer changes the text")
            else:
                counts.append(len(ids))
        return counts

    def answer(self, requests: Sequence[Request]) -> list[Completion | Likelihood | Failed]:
        """Answer one batch: all requests share one decoding, or all measure likelihood.

        Raises:
            OutOfMemoryError: If the device cannot hold the batch.
        """
        try:
            return self._answer(requests)
        except (torch.OutOfMemoryError, MemoryError):
            pass
        except RuntimeError as error:
            # A CPU's lack of memory has no class of its own.
            if "DefaultCPUAllocator" not in str(error):
                raise
        # Out of the except block: its traceback held the tensors that did not fit.
        self._slots.forget()
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        raise OutOfMemoryError(f"{len(requests)} rows do not fit on {self.card.device}")

    def _answer(self, requests: Sequence[Request]) -> list[Completion | Likelihood | Failed]:
        answers: dict[int, Completion | Likelihood | Failed] = {}
        asked: list[tuple[int, Request, list[int]]] = []
        for place, request in enumerate(requests):
            ids = self._ask(request)
            if isinstance(ids, str):
                answers[place] = _failed(request, ids)
            else:
                asked.append((place, request, ids))
        for group in self._companies(asked):
            decoding = group[0][1].decoding
            rows = [(request, ids) for _, request, ids in group]
            done = self._complete(rows, decoding) if decoding else self._measure(rows)
            answers.update(zip((place for place, _, _ in group), done, strict=True))
        return [answers[place] for place in range(len(requests))]

    def _companies(
        self, asked: Sequence[tuple[int, Request, list[int]]]
    ) -> list[list[tuple[int, Request, list[int]]]]:
        """Divide a batch into rows that do not disturb each other."""
        together: list[tuple[int, Request, list[int]]] = []
        alone: list[list[tuple[int, Request, list[int]]]] = []
        for row in asked:
            _, request, ids = row
            # The start token that a likelihood may be conditioned on counts as well.
            length = len(ids) + (request.decoding.max_new_tokens if request.decoding else 1)
            if length <= self._longest_in_company:
                together.append(row)
            else:
                alone.append([row])
        return [together, *alone] if together else alone

    def _ask(self, request: Request) -> list[int] | str:
        decoding = request.decoding
        ids = self._encoder.encode(request.text, chat=decoding is not None)
        if isinstance(ids, str):
            return ids
        if len(ids) + (decoding.max_new_tokens if decoding else 0) > self.max_positions:
            return "too long"
        if decoding is None and len(ids) <= 1:  # one to condition on, one to score
            return "one token"
        if decoding is None and self._encoder.start is None:
            return "no beginning-of-text token"
        return ids

    # --- text ----------------------------------------------------------------------------------

    def _complete(
        self, asked: Sequence[tuple[Request, list[int]]], decoding: Decoding
    ) -> list[Completion | Failed]:
        longest = max(len(ids) for _, ids in asked) + decoding.max_new_tokens
        rows = [Row(ids, request.seed) for request, ids in asked]
        stops = never
        if decoding.stop:
            stops = partial(is_stopped, stop=decoding.stop, decode=self._text)
        if self._in_slots and longest <= self._longest_in_company:
            done = self._slots.write(rows, decoding, asked[0][0].in_flight, stops)
        else:
            done = write_together(self._model, rows, decoding, self._ends, self._pad, stops)
        return [
            self._completion(request, decoding, written)
            for (request, _), written in zip(asked, done, strict=True)
        ]

    def _text(self, ids: Sequence[int]) -> str:
        decoded = self._encoder.decode(ids)
        return "" if isinstance(decoded, str) else decoded[0]

    def _completion(
        self, request: Request, decoding: Decoding, written: Written
    ) -> Completion | Failed:
        if written.broken:
            return _failed(request, "nonfinite")
        ids = written.ids
        end = next((place for place, i in enumerate(ids) if i in self._ends), len(ids))
        decoded = self._encoder.decode(ids[:end])
        if isinstance(decoded, str):
            return _failed(request, decoded)
        whole, repaired = decoded
        text = decoding.cut(whole)
        return Completion(
            prompt_id=request.prompt_id,
            sample=request.sample,
            text=text,
            token_ids=tuple(ids[:end]),
            finish_reason="stop" if end < len(ids) or text != whole else "length",
            repaired=repaired,
        )

    # --- likelihood ----------------------------------------------------------------------------

    def _measure(self, asked: Sequence[tuple[Request, list[int]]]) -> list[Likelihood | Failed]:
        start = self._encoder.missing_start
        own = started = self._scorer.terms([ids for _, ids in asked])
        if start:
            started = self._scorer.terms([[*start, *ids] for _, ids in asked])
        return [
            self._likelihood(request, *terms)
            for (request, _), *terms in zip(asked, own, started, strict=True)
        ]

    def _likelihood(
        self, request: Request, own: torch.Tensor, started: torch.Tensor
    ) -> Likelihood | Failed:
        """Sum a row's terms by the model's own rule, and begun with the beginning-of-text token."""
        if not (math.isfinite(own.sum()) and math.isfinite(started.sum())):
            return _failed(request, "nonfinite")
        # The first term is of the second token.
        first = len(self._encoder.missing_start) - 1
        part = [first + place for place in self._encoder.part(request.text, request.part)]
        return Likelihood(
            prompt_id=request.prompt_id,
            sample=request.sample,
            n_tokens=len(own),
            log_likelihood=float(own.sum()),
            n_tokens_bos=len(started),
            log_likelihood_bos=float(started.sum()),
            n_tokens_part=len(part),
            log_likelihood_part=float(started[part].sum()),
        )


def _failed(request: Request, reason: str) -> Failed:
    return Failed(prompt_id=request.prompt_id, sample=request.sample, reason=reason)


def _instruct(text: str) -> str:
    return f"Instruct: {text}\nOutput:"


def _template(tokenizer: Any, model: ModelPlan) -> Template | None:
    if model.prompt_mode != "chat":
        return None
    source = tokenizer.chat_template
    if isinstance(source, dict):
        source = source.get("default")
    if not source:
        raise RefusedError(
            f'{one_line(model.id)} has no chat template; use prompt_mode = "raw" or '
            '"instruct-output"'
        )
    return Template(source, tokenizer.special_tokens_map)


def _max_positions(model: Any, tokenizer: Any) -> int:
    config = model.config.get_text_config()
    for key in _POSITIONS:
        value = getattr(config, key, None)
        if isinstance(value, int) and value > 0:
            return value
    return int(min(tokenizer.model_max_length, _UNBOUNDED))


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return device.type


def _notes(tokenizer: Any, model: Any, ends: Sequence[int]) -> tuple[str, ...]:
    notes = [f"attention: {model.config._attn_implementation}"]
    if tokenizer.pad_token_id is None:
        notes.append("no padding token of its own; padded positions are masked")
    if not ends:
        notes.append("no end token: every text is written to its full length")
    return tuple(notes)

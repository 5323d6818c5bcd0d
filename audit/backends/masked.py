"""Masked language models, such as BERT: each token's likelihood given all others.

They write no text; only what is likelier can be asked of them. A text's pseudo-log-likelihood is
the sum over its tokens, each in turn behind the mask. The trap: the mask is the tokenizer's own; an
id written into the code, as in one public implementation, is another word for another tokenizer.
The sum is no probability of the text and compares with no causal model's: the signatures differ.

Source:
    Salazar, J. et al. (2020), Masked Language Model Scoring, doi:10.18653/v1/2020.acl-main.240.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch

from audit.backends.encoding import Encoder, visible
from audit.backends.files import one_line
from audit.backends.folders import find
from audit.backends.loading import load_model, load_tokenizer, prepare, read_skeleton
from audit.errors import RefusedError
from audit.plan import ModelPlan
from audit.records import Failed, Likelihood, ModelCard, Prompt, Request

_BATCH_TOKENS = {"cpu": 1024}
_BATCH_TOKENS_ELSEWHERE = 16_384
"""Of masked copies of one text at a time."""


def load(model: ModelPlan) -> MaskedBackend:
    """Load a masked model from the hub or a folder.

    Raises:
        RefusedError: If it cannot be trusted or had, or its tokenizer has no mask.
        UsageError: If the plan asks for a device this machine lacks.
    """
    device, dtype = prepare(model)
    folder = find(model.id, model.revision, "masked")
    skeleton = read_skeleton(folder, model.id, dtype, "masked")
    tokenizer = load_tokenizer(folder, skeleton, model.id)
    if tokenizer.mask_token_id is None:
        raise RefusedError(f"{one_line(model.id)}: its tokenizer has no mask; audit another model")
    network = load_model(folder, skeleton, model.id, dtype, device)
    card = ModelCard(
        name=model.name,
        role=model.role,
        id=model.id,
        revision=folder.revision,
        architecture=type(network).__name__,
        n_parameters=network.num_parameters(),
        dtype=str(dtype).removeprefix("torch."),
        device=device.type,
        prompt_mode="raw",
        template_sha256="",
        likelihood="masked",
        notes=("masked: each token is scored given all others; it writes no text",),
    )
    return MaskedBackend(card, network, tokenizer)


class MaskedBackend:
    """One loaded model; see `audit.backends.interface.Backend`."""

    def __init__(self, card: ModelCard, model: Any, tokenizer: Any) -> None:
        self.card = card
        self.max_positions = _max_positions(model, tokenizer)
        self._model = model
        self._encoder = Encoder(tokenizer)
        self._mask: int = tokenizer.mask_token_id
        self._budget = _BATCH_TOKENS.get(model.device.type, _BATCH_TOKENS_ELSEWHERE)

    def render(self, prompts: Sequence[Prompt]) -> list[str]:
        """Give each text as it is; lone surrogates as visible escapes."""
        return [visible(prompt.text) for prompt in prompts]

    def count_tokens(self, texts: Sequence[str]) -> list[int | str]:
        """Count each text's tokens, special tokens included; or say why it cannot be asked."""
        return [self._count(text) for text in texts]

    def answer(self, requests: Sequence[Request]) -> list[Likelihood | Failed]:
        """Measure the texts of one batch; what was to be written is `Failed`."""
        return [self._answer(request) for request in requests]

    def _count(self, text: str) -> int | str:
        ids = self._encoder.encode(text)
        if isinstance(ids, str):
            return ids
        if len(ids) > self.max_positions:
            return "too long"
        return len(ids) if self._encoder.keeps(text) else "tokenizer changes the text"

    def _answer(self, request: Request) -> Likelihood | Failed:
        def failed(reason: str) -> Failed:
            return Failed(prompt_id=request.prompt_id, sample=request.sample, reason=reason)

        if request.decoding is not None:
            return failed("a masked model writes no text")
        ids = self._encoder.encode(request.text)
        if isinstance(ids, str):
            return failed(ids)
        places = self._encoder.part(request.text, ((0, len(request.text)),))
        if not places:
            return failed("no token of its own")
        terms = self._terms(ids, places)
        whole = sum(terms.values())
        if not math.isfinite(whole):
            return failed("nonfinite")
        part = self._encoder.part(request.text, request.part)
        return Likelihood(
            prompt_id=request.prompt_id,
            sample=request.sample,
            n_tokens=len(places),
            log_likelihood=whole,
            n_tokens_bos=len(places),
            log_likelihood_bos=whole,
            n_tokens_part=len(part),
            log_likelihood_part=sum(terms[place] for place in part),
        )

    @torch.inference_mode()
    def _terms(self, ids: Sequence[int], places: Sequence[int]) -> dict[int, float]:
        """Give log p of the token at each place, given all others: float64 of float32 terms."""
        row = torch.tensor(ids, device=self._model.device)
        at = torch.tensor(places, device=self._model.device)
        found: list[float] = []
        for some in torch.split(at, max(1, self._budget // len(ids))):
            copies = row.repeat(len(some), 1)
            lines = torch.arange(len(some), device=self._model.device)
            copies[lines, some] = self._mask
            attended = torch.ones_like(copies)
            logits = self._model(input_ids=copies, attention_mask=attended).logits
            scores = logits[lines, some].float().log_softmax(-1)
            found += scores[lines, row[some]].double().cpu().tolist()
        return dict(zip(places, found, strict=True))


def _max_positions(model: Any, tokenizer: Any) -> int:
    limit = int(tokenizer.model_max_length)
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and hasattr(module, "num_embeddings"):
            # RoBERTa's positions begin after that of its padding.
            padding = module.padding_idx
            limit = min(limit, module.num_embeddings - (0 if padding is None else padding + 1))
    return min(limit, 2**20)

"""Read what a model's author would have us generate with: recorded, and not honoured but for ends.

A repetition penalty, a suppressed token or an early end garbles or cuts what a model writes, and a
cut text reads as a harmless one.
"""

from __future__ import annotations

from typing import Any

import transformers

from audit.backends.encoding import special_ids
from audit.backends.files import one_line
from audit.backends.folders import Folder
from audit.backends.loading import Skeleton
from audit.errors import RefusedError

_MAX_ENDS = 16
"""A model that ends on more tokens than this ends on words, and its cut texts look harmless."""

_NEUTRAL: dict[str, object] = {
    "do_sample": False,
    "temperature": 1.0,
    "top_p": 1.0,
    "top_k": 0,
    "typical_p": 1.0,
    "repetition_penalty": 1.0,
    "length_penalty": 1.0,
    "no_repeat_ngram_size": 0,
    "encoder_no_repeat_ngram_size": 0,
    "num_beams": 1,
    "num_beam_groups": 1,
    "num_return_sequences": 1,
    "diversity_penalty": 0.0,
    "min_length": 0,
    "early_stopping": False,
    "use_cache": True,
    "remove_invalid_values": False,
    "output_scores": False,
    "output_attentions": False,
    "output_hidden_states": False,
    "return_dict_in_generate": False,
}
"""What a generation_config may say without changing what we do."""

_FACTS = frozenset({"transformers_version", "_from_model_config", "bos_token_id", "pad_token_id"})


def ends_and_wishes(
    folder: Folder, tokenizer: Any, skeleton: Skeleton, name: str
) -> tuple[list[int], dict[str, str]]:
    """Give the ids that end a text, and the author's wishes that are not honoured.

    Chat models name the end of a turn in generation_config only, so that one field of it is
    honoured, as far as the tokenizer calls these tokens special: words never end a text.

    Returns:
        The ids, in order, and the differing fields with their values, each on one line.

    Raises:
        RefusedError: If an end is no token of the model, or there are absurdly many.
    """
    own = folder.config | folder.generation
    wishes = {key: value for key, value in own.items() if key in _generation_fields()}
    special = special_ids(tokenizer)
    wished = _ids(folder.generation.get("eos_token_id"))
    ends = {*_ids(skeleton.config.get_text_config().eos_token_id), *_ids(tokenizer.eos_token_id)}
    ends |= {i for i in wished if i in special}
    if len(ends) > _MAX_ENDS or any(not 0 <= i < skeleton.n_rows for i in ends):
        raise RefusedError(
            f"{one_line(name)} ends its texts on {len(ends)} tokens, some of which cannot be ends; "
            "mend eos_token_id in its config.json"
        )
    if set(wished) <= ends:
        wishes.pop("eos_token_id", None)
    overridden = {
        key: one_line(str(value))
        for key, value in sorted(wishes.items())
        if value is not None and key not in _FACTS and value != _NEUTRAL.get(key)
    }
    return sorted(ends), overridden


def _generation_fields() -> set[str]:
    library: Any = transformers  # typed in part
    known = library.GenerationConfig().to_dict()
    return {*known, *_NEUTRAL, "eos_token_id", "max_length"}


def _ids(value: object) -> list[int]:
    values = value if isinstance(value, list) else [value]
    return [i for i in values if isinstance(i, int)]

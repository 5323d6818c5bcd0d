"""Which models are asked, and how each is reached."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from audit.records import PromptMode, Record

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$")]
"""What may also stand in a file name."""


class Server(Record):
    """How a server is asked and what it charges: nothing that can change an answer."""

    key_variable: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | Literal[""] = ""
    """The environment variable that holds the key; the key itself stands nowhere. Empty: none."""

    concurrency: Annotated[int, Field(ge=1, le=256)] = 16
    """Requests under way at a time."""

    timeout_s: Annotated[float, Field(gt=0, le=3600)] = 300.0
    """For one answer, to its last byte."""

    retries: Annotated[int, Field(ge=0, le=20)] = 6
    """The same request again, after a limit, a lost connection or a server's error."""

    length_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    """What the server calls the largest number of new tokens."""

    usd_per_million_prompt_tokens: Annotated[float, Field(ge=0)] = 0.0
    usd_per_million_new_tokens: Annotated[float, Field(ge=0)] = 0.0


class ModelPlan(Record):
    """One model to audit."""

    name: Name
    """Short, unique in the plan: the same model may stand twice, in two prompt modes."""

    id: Annotated[str, Field(min_length=1, max_length=300)]
    """A Hugging Face id, a folder, or `reference:base` / `reference:aligned`; what a server calls
    it, or whose completions were recorded."""

    role: Literal["target", "baseline"]
    revision: str = "main"
    backend: Literal["transformers", "openai", "recorded", "masked"] = "transformers"
    """A module of `audit.backends`."""

    url: Annotated[str, Field(max_length=2000)] = ""
    """For `openai`: where the server's API begins, such as `http://127.0.0.1:8000/v1`."""

    server: Server = Server()
    file: str = ""
    """For `recorded`: JSON lines of completions; relative to the working folder."""

    prompt_mode: PromptMode = "raw"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    licence: str = ""
    """A note for readers, such as `MIT`; gated models name their terms here."""

    parameters: Annotated[int, Field(ge=0)] = 0
    """For estimates before the model is here; 0: counted in its files."""

    kv_bytes_per_token: Annotated[int, Field(ge=0)] = 0
    """Keys and values of one token in 16 bits, for estimates before the model is here."""

    @model_validator(mode="after")
    def _says_where_answers_are(self) -> ModelPlan:
        for field, backend in (("url", "openai"), ("file", "recorded")):
            if bool(getattr(self, field)) != (self.backend == backend):
                raise ValueError(f'{self.name}: `{field}` and backend = "{backend}" go together')
        if self.url:
            _check_url(self.url)
        return self


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        odd = parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0
    except ValueError:
        odd = True
    if odd or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(
            "url must be http(s)://host[:port]/path; keys come from server.key_variable"
        )

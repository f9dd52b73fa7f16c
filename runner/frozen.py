"""The one base of every value that is parsed or written: immutable, strict, no unknown keys."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value. Parse it from text (`documents.parse`, `model_validate_json`), never field by field."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

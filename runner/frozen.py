"""The one base of every value that is parsed or written: immutable, strict, no unknown keys; and its digest."""

import hashlib
import json

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value. Parse it from text (`documents.parse`, `model_validate_json`), never field by field."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def digest_of(content: object) -> str:
    """SHA-256 over the canonical form of plain values (as JSON has them): sorted keys, no white space."""
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(canonical.encode()).hexdigest()

"""What a journal says of a text mend: what was tried on a clone, and how far production is. For `check --fix text` to go on."""

from typing import Literal

from pydantic import Field

from runner.frozen import Frozen
from runner.mariadb.text_proof import TextPrint


class TextStep(Frozen):
    """A statement as a clone executed it; `before` and `after` are digests of its table's definition."""

    schema_name: str
    table: str
    sql: str
    says: str
    before: str
    after: str
    seconds: float

    @property
    def where(self) -> str:
        return f"{self.schema_name}.{self.table}"


class TextColumnMended(Frozen):
    """A column that is mended, and the charset that it gets; `rows` are those that were misread."""

    schema_name: str
    table: str
    name: str
    charset: str
    case: str
    rows: int


class TextMendTried(Frozen):
    """A text mend was proven on a clone of the snapshot. `before` and `after` are all tables that it locks."""

    kind: Literal["text-mend-tried"] = "text-mend-tried"
    snapshot: str
    steps: tuple[TextStep, ...]
    columns: tuple[TextColumnMended, ...]
    before: tuple[TextPrint, ...]
    after: tuple[TextPrint, ...]
    refused: tuple[str, ...] = ()


class TextStatementBegan(Frozen):
    """Production is about to execute this statement, counted from 0."""

    kind: Literal["text-statement-began"] = "text-statement-began"
    number: int = Field(ge=0)


class TextStatementDone(Frozen):
    """It has; `found` says that a runner that died had, and its table's definition told."""

    kind: Literal["text-statement-done"] = "text-statement-done"
    number: int = Field(ge=0)
    seconds: float
    found: bool = False


TextEntry = TextMendTried | TextStatementBegan | TextStatementDone

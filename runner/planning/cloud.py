"""The databases of a cloud: which project, which role, which schema."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Database:
    """One schema of one project.

    `member` tells databases of one role apart (`cell1`); it is the role's own name where there is only one, and the
    project's where the project has only one role.
    """

    project: str
    role: str
    member: str
    schema: str

    @property
    def id(self) -> str:
        return f"{self.project}.{self.member}" if self.member != self.project else self.project

    def __str__(self) -> str:
        return self.id

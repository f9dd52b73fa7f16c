"""A seal of a small plan, and what is changed of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from runner.flows.seal import SEALED
from runner.journal.entry import RunBegan, RunEnded
from runner.journal.runs import new_run
from runner.journal.writer import open_journal
from runner.planning.seal import Seal, SealedPlan, ServerTraits, Spread
from tests.support.planning import drafted

PLAN = drafted()
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SERVER = ServerTraits(identity="db1/1/x", version="10.11.6-MariaDB", settings={"sql_mode": "STRICT_TRANS_TABLES"})
STARTS = {database.id: f"sha256:{database.id}" for database in PLAN.databases}
SEAL = Seal(
    plan=PLAN,
    snapshot="20261119-210000-abcd",
    origin="db1/1/its-card",
    server=SERVER,
    recipes={"keystone": "sha256:k", "nova": "sha256:n"},
    starts=STARTS,
    schemas={database: {"2025.1": "sha256:end"} for database in STARTS},
    rehearsals=("20261119-220000-efgh",),
    seconds={step.id: Spread(median=1.5, p95=2.0) for step in PLAN.to_run},
    total=Spread(median=10.0, p95=12.0),
    verdict="proved",
    sealed_at=NOW - timedelta(hours=4),
    expires_at=NOW + timedelta(days=3),
)


def sealed(**changes: Any) -> SealedPlan:
    seal = SEAL.model_copy(update=changes)
    return SealedPlan(digest=seal.digest, seal=seal)


def seal_rehearsal(runs: Path, snapshot: str, **changes: Any) -> Path:
    """Leave what a rehearsal on this snapshot leaves: a run that is over, with its seal, good as of now; returns the file."""
    now = datetime.now(UTC)
    folder = new_run(runs)
    with open_journal(folder, create=True) as journal:
        journal.append(RunBegan(run=folder.name, flow="rehearse", version="1", cloud="cloud.yaml", pid=1, host="h"))
        journal.append(RunEnded(outcome="proved"))
    file = sealed(snapshot=snapshot, **{"sealed_at": now, "expires_at": now + timedelta(days=7)} | changes)
    (folder / SEALED).write_text(file.model_dump_json())
    return folder / SEALED

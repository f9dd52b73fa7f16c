"""`thing-a-me check --fix text`: what would be done, what a clone proved of it, and what was done."""

import json

import click

from runner.cli.context import Context
from runner.flows.text_mend import TextMended, Wanted, mend_text
from runner.flows.world import open_world


def fix_text(context: Context, wanted: Wanted) -> None:
    """Mend text, and say every statement; without the operator's word on a clone alone."""
    with open_world(context.cloud) as world, context.listening() as tell:
        mended = mend_text(world, wanted, tell=tell)
    click.echo(json.dumps(_as_data(mended)) if context.json else "\n".join(_say(mended)))


def _say(mended: TextMended) -> list[str]:
    tried = mended.tried
    lines = [f"left    {refused}" for refused in tried.refused]
    for column in tried.columns:
        rows = f", {column.rows} rows misread" if column.rows else ""
        lines.append(f"column  {column.schema_name}.{column.table}.{column.name}: {column.case}{rows}; to {column.charset}")
    for number, step in enumerate(tried.steps, 1):
        lines += [f"{number:>6}  {step.where}: {step.says} ({step.seconds:.1f} s on the clone)", f"        {step.sql}"]
    misread = sum(column.rows for column in tried.columns)
    if mended.is_done:
        return [*lines, f"text: {misread} rows misread before, 0 after; production is what the clone was; run {mended.run}"]
    lines.append(f"text: {misread} rows misread, 0 after it on a clone of {tried.snapshot}; production was not touched")
    return [
        *lines,
        "stop the services that write there, and say --yes: it goes on where production is still as in that snapshot",
    ]


def _as_data(mended: TextMended) -> dict[str, object]:
    return {"mended": "text", "run": mended.run, "done": mended.is_done, **mended.tried.model_dump(exclude={"kind"})}

"""Aodh's rows."""

from tests.support.traps.trap import Trap

TRAPS = (
    Trap(
        "aodh-history-of-no-alarm",
        "aodh",
        "2025.1",
        "2026.1",
        ("INSERT INTO {aodh}.alarm_history (event_id, alarm_id) VALUES ('e', 'gone')",),
        says="a foreign key constraint fails",
        mended=("DELETE FROM {aodh}.alarm_history",),
    ),
    Trap(
        "aodh-history-of-no-alarm",
        "aodh",
        "2025.1",
        "2025.2",
        ("INSERT INTO {aodh}.alarm_history (event_id) VALUES ('e')",),
        says="Data truncated for column 'alarm_id'",
        mended=("DELETE FROM {aodh}.alarm_history",),
    ),
    Trap(
        "aodh-threshold-alarms",
        "aodh",
        "wallaby",
        "xena",
        (
            (
                "INSERT INTO {aodh}.alarm (alarm_id, name, type, severity, state, rule)"
                " VALUES ('a', 'a', 'threshold', 'low', 'ok', '{{\"meter_name\": \"m\", \"threshold\": 1.0}}')"
            ),
        ),
        mended=("DELETE FROM {aodh}.alarm",),
    ),
)

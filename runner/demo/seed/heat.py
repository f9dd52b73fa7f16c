"""Heat's rows: stacks with a server and a port each, and what happened to them. Columns as of 2023.1 (heat.db.models)."""

import json
from collections.abc import Iterator

from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import Installed, Size, hex_of, moment, recurs, team_of, uuid_of

SCHEMA = "heat"
RESOURCES = (("port", "OS::Neutron::Port"), ("server", "OS::Nova::Server"))
TEMPLATE = json.dumps(
    {
        "heat_template_version": "2018-08-31",
        "resources": {
            "port": {"type": "OS::Neutron::Port", "properties": {"network": "demo"}},
            "server": {"type": "OS::Nova::Server", "properties": {"networks": [{"port": {"get_resource": "port"}}]}},
        },
    }
)
ENVIRONMENT = json.dumps({"parameters": {}, "parameter_defaults": {}, "encrypted_param_names": [], "event_sinks": []})


def seed(size: Size, installed: Installed) -> Iterator[Rows]:
    """Yield heat's rows in the order their foreign keys ask for."""
    del installed
    stacks = range(size.stacks + size.soft_deleted)
    pairs = tuple((stack, place) for stack in stacks for place in range(len(RESOURCES)))
    yield rows(SCHEMA, "raw_template", (_template(number) for number in stacks))
    yield rows(SCHEMA, "user_creds", (_credentials(number) for number in stacks))
    yield rows(SCHEMA, "stack", (_stack(number, size) for number in stacks))
    yield rows(
        SCHEMA,
        "stack_tag",
        (
            {"created_at": moment(number), "tag": f"tag-{number % 5}", "stack_id": uuid_of("stack", number)}
            for number in range(0, size.stacks, 3)
        ),
    )
    yield rows(SCHEMA, "resource_properties_data", (_properties(*pair) for pair in pairs))
    yield rows(SCHEMA, "resource", (_resource(*pair) for pair in pairs if pair[0] < size.stacks))
    yield rows(SCHEMA, "event", (_event(*pair) for pair in pairs))
    yield rows(SCHEMA, "service", (_engine(number) for number in range(4)))


def _template(stack: int) -> dict[str, object]:
    return {"id": stack + 1, "created_at": moment(stack), "template": TEMPLATE, "files": "{}", "environment": ENVIRONMENT}


def _credentials(stack: int) -> dict[str, object]:
    return {
        "id": stack + 1,
        "created_at": moment(stack),
        "username": f"user-{stack % 40 + 1:02d}",
        "tenant": f"team-{stack % 20 + 1:02d}",
        "tenant_id": team_of(stack),
        "auth_url": "https://keystone.demo.example.org/v3",
        "trust_id": hex_of("trust", stack),
        "trustor_user_id": hex_of("user", stack % 40),
    }


def _stack(number: int, size: Size) -> dict[str, object]:
    gone = number >= size.stacks
    return {
        "id": uuid_of("stack", number),
        "created_at": moment(number),
        "updated_at": moment(number + 5) if number % 4 == 0 else None,
        "deleted_at": moment(number + 600) if gone else None,
        "name": f"stack-{number + 1:04d}",
        "raw_template_id": number + 1,
        "user_creds_id": None if gone else number + 1,
        "username": f"user-{number % 40 + 1:02d}",
        "action": "DELETE" if gone else "CREATE",
        "status": "FAILED" if recurs(number, every=50, at=13) and not gone else "COMPLETE",
        "status_reason": f"Stack {'DELETE' if gone else 'CREATE'} completed successfully",
        "timeout": 60,
        "tenant": team_of(number),
        "disable_rollback": True,
        "stack_user_project_id": hex_of("stack-domain-project", number),
        "backup": False,
        "nested_depth": 0,
        "convergence": True,
        "current_traversal": uuid_of("traversal", number),
        "current_deps": json.dumps({"edges": [[[2 * number + 2, True], [2 * number + 1, True]]]}),
    }


def _number(stack: int, place: int) -> int:
    return stack * len(RESOURCES) + place + 1


def _properties(stack: int, place: int) -> dict[str, object]:
    return {
        "id": _number(stack, place),
        "data": json.dumps({"name": f"{RESOURCES[place][0]}-{stack + 1:04d}"}),
        "encrypted": False,
        "created_at": moment(stack),
    }


def _physical(stack: int, place: int) -> str:
    """A stack's server and port are the instance and port of its number, where there are so many."""
    return uuid_of("port" if place == 0 else "instance", stack)


def _resource(stack: int, place: int) -> dict[str, object]:
    number = _number(stack, place)
    return {
        "id": number,
        "uuid": uuid_of("resource", number),
        "nova_instance": _physical(stack, place),
        "name": RESOURCES[place][0],
        "created_at": moment(stack),
        "updated_at": moment(stack + 1),
        "action": "CREATE",
        "status": "COMPLETE",
        "status_reason": "state changed",
        "stack_id": uuid_of("stack", stack),
        "rsrc_metadata": "{}",
        "atomic_key": 4,
        "needed_by": json.dumps([number + 1] if place == 0 else []),
        "requires": json.dumps([] if place == 0 else [number - 1]),
        "current_template_id": stack + 1,
        "properties_data_encrypted": False,
        "root_stack_id": uuid_of("stack", stack),
        "rsrc_prop_data_id": number,
    }


def _event(stack: int, place: int) -> dict[str, object]:
    number = _number(stack, place)
    return {
        "id": number,
        "uuid": uuid_of("event", number),
        "stack_id": uuid_of("stack", stack),
        "created_at": moment(stack),
        "resource_action": "CREATE",
        "resource_status": "COMPLETE",
        "resource_name": RESOURCES[place][0],
        "physical_resource_id": _physical(stack, place),
        "resource_status_reason": "state changed",
        "resource_type": RESOURCES[place][1],
        "rsrc_prop_data_id": number,
    }


def _engine(number: int) -> dict[str, object]:
    return {
        "id": uuid_of("heat-service", number),
        "engine_id": uuid_of("heat-engine", number),
        "host": "controller-1",
        "hostname": "controller-1",
        "binary": "heat-engine",
        "topic": "engine",
        "report_interval": 60,
        "created_at": moment(number),
        "updated_at": moment(9000),
        # Workers that were stopped leave their row behind, marked.
        "deleted_at": moment(5000) if number % 2 else None,
    }

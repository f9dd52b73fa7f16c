"""Rows that a later release's code trips on, by project."""

from tests.support.traps import (
    aodh,
    barbican,
    cinder,
    designate,
    ironic,
    keystone,
    magnum,
    manila,
    masakari,
    neutron,
    nova,
    octavia,
    subprojects,
)

_PROJECTS = (nova, cinder, keystone, neutron, subprojects, octavia, barbican, designate, manila, magnum, aodh, ironic, masakari)
TRAPS = tuple(trap for project in _PROJECTS for trap in project.TRAPS)

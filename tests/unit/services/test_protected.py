"""The data plane's list, with the names that things really have."""

import pytest

from runner.services.protected import Target, names_of, targets_in, why_protected

PROTECTED = {
    "the hypervisor": """
        nova_libvirt kolla-nova_libvirt-container.service libvirtd.service libvirtd.socket virtqemud.service
        virtlogd.service libvirt-bin libvirt-guests tripleo_nova_libvirt.service tripleo_nova_virtqemud qemu-kvm
        libvirt-libvirt-default quay.io/openstack.kolla/nova-libvirt:2024.1-debian-bookworm
        snap.openstack-hypervisor.libvirtd.service
    """,
    "the virtual switch": """
        openvswitch_vswitchd openvswitch_db openvswitch-switch.service ovs-vswitchd.service ovsdb-server.service
        openvswitch ovsdpdk_db ovn_controller ovn-controller.service ovn_northd ovn_nb_db ovn_sb_db ovn_sb_db_relay_1
        ovn-central ovn-host ovn-ovsdb-server-sb.service kolla-ovn_controller-container tripleo_ovn_controller
        edpm_ovn_controller.service snap.openstack-hypervisor.ovn-controller.service
        aio1_neutron_ovn_northd_container-1a2b3c4d neutron_openvswitch_agent
    """,
    "a network agent": """
        neutron_linuxbridge_agent neutron_dhcp_agent neutron_l3_agent neutron_metadata_agent neutron_ovn_metadata_agent
        neutron_sriov_agent neutron_mlnx_agent neutron_eswitchd neutron_bgp_dragent neutron_ovn_agent
        neutron_metering_agent neutron-dhcp-agent.service neutron-linuxbridge-agent.service
        neutron-ovn-metadata-agent.service neutron-sriov-nic-agent devstack@q-agt.service devstack@q-dhcp.service
        devstack@q-l3.service devstack@q-meta.service devstack@q-ovn-metadata-agent.service
        devstack@neutron-agent.service aio1_neutron_agents_container-0a1b2c3d neutron-dhcp-agent-default neutron_dhcp
        devstack@q-ovn-agent dnsmasq.service
    """,
    "the database": """
        mariadb mariadb.service mariadb@node1.service mysql.service mysqld.service mysql_innodb_cluster galera
        aio1_galera_container-1a2b3c4d mariadb_clustercheck garbd.service galera-bundle-podman-0
        docker.io/library/mariadb:10.11 mariadb-server quay.io/openstack.kolla/ubuntu-source-mariadb-server:wallaby
        MariaDB percona-xtradb-cluster
    """,
    "the way to the database": """
        kolla-keepalived-container proxysql haproxy haproxy.service keepalived hacluster_corosync pacemaker
    """,
    "the message queue": """
        rabbitmq rabbitmq-server.service rabbitmq@ctl1 outward_rabbitmq_x@rabbitmq aio1-rabbit-mq-container-77
    """,
    "storage": """
        ceph-osd@3.service ceph-mon@a ceph-radosgw@x iscsid tgtd multipathd.service glusterd nfs-ganesha
        swift_object_server
    """,
    "name service": """
        named.service bind9 designate_backend_bind9 unbound
    """,
    "what services stand on": """
        docker.service docker.socket containerd kubelet sshd.service networking NetworkManager dbus etcd
    """,
}
ALLOWED = """
    keystone keystone_fernet kolla-keystone-container.service keystone-wsgi-public apache2.service httpd uwsgi glance_api
    neutron_server neutron-server.service neutron_rpc_server neutron-rpc-server neutron-api devstack@q-svc.service
    neutron_ovn_maintenance_worker neutron-periodic-workers nova_api nova_conductor nova_scheduler nova_novncproxy
    openstack-nova-api.service nova-compute nova_compute kolla-nova_compute-container.service devstack@n-cpu.service
    nova_compute_ironic tripleo_nova_compute.service devstack@n-api.service placement_api devstack@placement-api.service
    cinder_volume cinder_api devstack@c-vol heat_engine heat-api-cfn horizon memcached memcached.service octavia_api
    octavia_driver_agent octavia_health_manager designate_central manila_share ironic_conductor ironic_neutron_agent
    barbican_api magnum_conductor aodh_evaluator ceilometer_central devstack@keystone.service aio1_nova_api_container-12345678
    aio1_neutron_server_container-12345678 snap.openstack.keystone-api.service /usr/bin/nova-scheduler skyline_apiserver
    quay.io/openstack.kolla/nova-conductor@sha256:abcdef registry.example.org:5000/keystone
"""
CASES = [(what, name) for what, names in PROTECTED.items() for name in names.split()]


@pytest.mark.parametrize(("what", "name"), CASES)
def test_the_data_plane_is_on_the_list_by_whatever_name(what: str, name: str) -> None:
    assert (why_protected(Target(name)) or "it may be stopped").startswith(f"{what} (")


@pytest.mark.parametrize("name", ALLOWED.split())
def test_the_control_plane_is_not(name: str) -> None:
    assert why_protected(Target(name)) is None


@pytest.mark.parametrize(
    "name", ["nova_compute", "kolla-nova_compute-container", "openstack-nova-compute.service", "devstack@n-cpu"]
)
def test_the_compute_service_is_stopped_only_where_it_is_named(name: str) -> None:
    assert why_protected(Target(name)) is None
    assert "has to be named itself" in str(why_protected(Target(name, is_named=False)))


def test_what_a_container_is_made_of_counts_as_its_name_does() -> None:
    assert why_protected(Target("db1", also=("docker.io/library/mariadb:10.11",))) == (
        "the database (mariadb*, as docker.io/library/mariadb:10.11)"
    )
    assert "the compute service" in str(why_protected(Target("cell1", also=("kolla/nova-compute:2024.1",), is_named=False)))


@pytest.mark.parametrize("name", ["neutron-*", "devstack@*", "nova-compute?", "openstack.slice", "devstack.target"])
def test_what_may_hold_any_of_them_is_refused(name: str) -> None:
    assert "any of them" in str(why_protected(Target(name)))


def test_an_instance_counts_by_its_template_and_by_itself() -> None:
    assert names_of("devstack@n-cpu.service") == ("devstack", "n-cpu")
    assert names_of("kolla-nova_libvirt-container.service") == ("kolla-nova-libvirt-container", "nova-libvirt")
    assert names_of("host:5000/kolla/CentOS-source-nova_api:1") == ("centos-source-nova-api", "nova-api")


@pytest.mark.parametrize(
    ("command", "culprit"),
    [
        ("ssh ctl1 'systemctl stop keystone libvirtd'", "libvirtd"),
        ('for s in nova-api neutron-l3-agent; do systemctl stop "$s"; done', "neutron-l3-agent"),
        ("docker stop mariadb", "mariadb"),
        ("systemctl stop 'neutron-*'", "neutron-*"),
        ("lxc-stop -n ctl_galera_container-1a2b", "ctl_galera_container-1a2b"),
        ("systemctl stop docker", "docker"),
    ],
)
def test_the_words_of_a_command_count(command: str, culprit: str) -> None:
    assert [target.name for target in targets_in(command) if why_protected(target)] == [culprit]


@pytest.mark.parametrize(
    "command",
    [
        "ssh -o BatchMode=yes ctl1 systemctl stop nova-api nova-compute",
        "docker stop keystone && rm -f /run/keystone/*",
        "podman stop --time 30 keystone_api",
        "systemctl stop 'keystone-*'",
        "/opt/site/stop-control-plane",
    ],
)
def test_what_a_command_is_made_of_does_not(command: str) -> None:
    assert [target.name for target in targets_in(command) if why_protected(target)] == []

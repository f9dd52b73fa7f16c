-- The big tables of a cloud, in the shapes that nova, neutron and heat have. One block a table, and all blocks could run at once.
-- [N] is for N rows per gigabyte of data files, UUID{number} for a UUID that is made of a number.

USE nova;
CREATE TABLE instances (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, id INT PRIMARY KEY AUTO_INCREMENT, user_id VARCHAR(255),
  project_id VARCHAR(255), image_ref VARCHAR(255), launch_index INT, key_name VARCHAR(255), key_data MEDIUMTEXT,
  power_state INT, vm_state VARCHAR(255), memory_mb INT, vcpus INT, hostname VARCHAR(255), host VARCHAR(255),
  display_name VARCHAR(255), locked TINYINT(1), os_type VARCHAR(255), uuid VARCHAR(36) NOT NULL, root_gb INT,
  ephemeral_gb INT, cell_name VARCHAR(255), node VARCHAR(255), deleted INT, cleaned INT,
  UNIQUE KEY (uuid), KEY (project_id, deleted), KEY (host, node, deleted), KEY (deleted, created_at)
) ENGINE=InnoDB;
INSERT INTO instances SELECT
  '2023-01-01' + INTERVAL seq MINUTE, '2023-02-01' + INTERVAL seq MINUTE, IF(seq % 3, NULL, '2023-03-01' + INTERVAL seq MINUTE),
  seq, MD5(seq % 500), MD5(seq % 90), UUID{seq % 70}, 0, 'key',
  CONCAT('ssh-rsa ', REPEAT(TO_BASE64(SHA2(seq % 1000, 512)), 3)), 1, 'active', 8192, 4, CONCAT('vm-', seq),
  CONCAT('compute-', seq % 300), CONCAT('vm ', seq), 0, NULL, UUID{seq}, 40, 0, NULL,
  CONCAT('compute-', seq % 300, '.example.org'), IF(seq % 3, 0, seq), 0
FROM seq_1_to_[110000];

USE nova;
CREATE TABLE instance_extra (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted INT, id INT PRIMARY KEY AUTO_INCREMENT,
  instance_uuid VARCHAR(36) NOT NULL, numa_topology TEXT, pci_requests TEXT, flavor TEXT, vcpu_model TEXT,
  migration_context TEXT, keypairs TEXT, device_metadata TEXT, trusted_certs TEXT, vpmems TEXT, resources TEXT,
  UNIQUE KEY (instance_uuid)
) ENGINE=InnoDB;
INSERT INTO instance_extra SELECT
  '2023-01-01' + INTERVAL seq MINUTE, '2023-02-01' + INTERVAL seq MINUTE, NULL, 0, seq, UUID{seq},
  CONCAT('{"nova_object.name": "InstanceNUMATopology", "nova_object.data": {"cells": "', REPEAT(SHA1(seq), 12), '"}}'), '[]',
  CONCAT('{"cur": {"nova_object.name": "Flavor", "nova_object.data": {"id": ', seq % 40, ', "name": "m1.', seq % 40,
    '", "memory_mb": 8192, "vcpus": 4, "extra_specs": {"hw:cpu_policy": "', SHA2(seq, 512), '"}, "x": "', REPEAT(MD5(seq), 8), '"}}}'),
  NULL, NULL, CONCAT('{"keypairs": "', REPEAT(TO_BASE64(SHA2(seq DIV 5, 512)), 5), '"}'), NULL, NULL, NULL, NULL
FROM seq_1_to_[110000];

USE nova;
CREATE TABLE instance_system_metadata (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, id INT PRIMARY KEY AUTO_INCREMENT,
  instance_uuid VARCHAR(36) NOT NULL, `key` VARCHAR(255) NOT NULL, value VARCHAR(255), deleted INT, KEY (instance_uuid)
) ENGINE=InnoDB;
INSERT INTO instance_system_metadata SELECT
  '2023-01-01' + INTERVAL seq MINUTE, NULL, NULL, seq, UUID{seq DIV 12}, CONCAT('image_', seq % 12), MD5(seq % 1000), 0
FROM seq_1_to_[800000];

USE nova;
CREATE TABLE block_device_mapping (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, id INT PRIMARY KEY AUTO_INCREMENT, device_name VARCHAR(255),
  delete_on_termination TINYINT(1), snapshot_id VARCHAR(36), volume_id VARCHAR(36), volume_size INT, no_device TINYINT(1),
  connection_info MEDIUMTEXT, instance_uuid VARCHAR(36), deleted INT, source_type VARCHAR(255), boot_index INT,
  uuid VARCHAR(36), KEY (instance_uuid, device_name), KEY (volume_id), UNIQUE KEY (uuid)
) ENGINE=InnoDB;
INSERT INTO block_device_mapping SELECT
  '2023-01-01' + INTERVAL seq MINUTE, '2023-02-01' + INTERVAL seq MINUTE, NULL, seq, '/dev/vda', 1, NULL, UUID{seq},
  40, NULL, CONCAT('{"driver_volume_type": "rbd", "data": {"name": "volumes/', SHA1(seq), '", "hosts": ["10.0.0.', seq % 250,
    '"], "auth_username": "cinder", "secret_uuid": "', MD5(seq DIV 7), '", "device": "', SHA2(seq, 384), '"}}'),
  UUID{seq DIV 2}, 0, 'volume', seq % 2, UUID{-seq}
FROM seq_1_to_[130000];

USE neutron;
CREATE TABLE ports (
  project_id VARCHAR(255), id VARCHAR(36) PRIMARY KEY, name VARCHAR(255), network_id VARCHAR(36) NOT NULL,
  mac_address VARCHAR(32) NOT NULL, admin_state_up TINYINT(1) NOT NULL, status VARCHAR(16) NOT NULL,
  device_id VARCHAR(255) NOT NULL, device_owner VARCHAR(255) NOT NULL, standard_attr_id BIGINT NOT NULL,
  ip_allocation VARCHAR(16), KEY (network_id, device_owner), UNIQUE KEY (network_id, mac_address), KEY (device_id),
  UNIQUE KEY (standard_attr_id)
) ENGINE=InnoDB;
INSERT INTO ports SELECT
  MD5(seq % 90), UUID{seq}, CONCAT('port-', seq), UUID{seq % 900}, LEFT(MD5(seq), 17), 1, 'ACTIVE',
  UUID{seq DIV 2}, 'compute:nova', seq, 'immediate'
FROM seq_1_to_[260000];

USE heat;
CREATE TABLE resource_properties_data (
  id INT PRIMARY KEY AUTO_INCREMENT, data LONGTEXT, encrypted TINYINT(1), created_at DATETIME, updated_at DATETIME
) ENGINE=InnoDB;
INSERT INTO resource_properties_data SELECT
  seq, CONCAT('{"user_data": "', REPEAT(TO_BASE64(SHA2(seq, 512)), 10), '"}'), 0, '2023-01-01' + INTERVAL seq MINUTE, NULL
FROM seq_1_to_[75000];

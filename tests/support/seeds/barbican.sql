INSERT INTO projects (id, created_at, updated_at, deleted, status, external_id) VALUES ('pp',NOW(),NOW(),0,'ACTIVE','p1');
INSERT INTO kek_data (id, created_at, updated_at, deleted, status, plugin_name, kek_label, project_id, active, bind_completed) VALUES ('k1',NOW(),NOW(),0,'ACTIVE','barbican.plugin.crypto.simple_crypto.SimpleCryptoPlugin','l','pp',1,1);
INSERT INTO secrets (id, created_at, updated_at, deleted, status, name, secret_type, project_id, creator_id) VALUES ('s1',NOW(),NOW(),0,'ACTIVE','tls','certificate','pp','u');
INSERT INTO encrypted_data (id, created_at, updated_at, deleted, status, content_type, secret_id, kek_id, cypher_text) VALUES ('e1',NOW(),NOW(),0,'ACTIVE','text/plain','s1','k1','Z0FBQUFB');
INSERT INTO containers (id, created_at, updated_at, deleted, status, name, type, project_id, creator_id) VALUES ('c1',NOW(),NOW(),0,'ACTIVE','tls','generic','pp','u');
INSERT INTO container_secret (id, created_at, updated_at, deleted, status, name, container_id, secret_id) VALUES ('cs1',NOW(),NOW(),0,'ACTIVE','certificate','c1','s1');
INSERT INTO orders (id, created_at, updated_at, deleted, status, project_id, type, meta, secret_id) VALUES ('o1',NOW(),NOW(),0,'ACTIVE','pp','key','{"algorithm": "aes"}','s1');

INSERT INTO zones (id,created_at,version,tenant_id,name,email,ttl,refresh,retry,expire,minimum,serial,status,action,pool_id,reverse_name,type,shard) VALUES (REPEAT('a',32),NOW(),1,'p','example.org.','a@example.org',3600,3600,600,86400,3600,1,'ACTIVE','NONE','794ccc2cd75144feb57f8894c9f5c842','.gro.elpmaxe','PRIMARY',1);
INSERT INTO recordsets (id,created_at,version,tenant_id,zone_id,name,type,zone_shard,reverse_name) VALUES (REPEAT('b',32),NOW(),1,'p',REPEAT('a',32),'www.example.org.','A',1,'.gro.elpmaxe.www');
INSERT INTO records (id,created_at,version,data,zone_id,recordset_id,hash,status,tenant_id,action,zone_shard,managed) VALUES (REPEAT('c',32),NOW(),1,'192.0.2.1',REPEAT('a',32),REPEAT('b',32),MD5('x'),'ACTIVE','p','NONE',1,0);
INSERT INTO tsigkeys (id,version,name,algorithm,secret,scope,resource_id) VALUES (REPEAT('d',32),1,'k','hmac-sha256','c2VjcmV0','POOL','794ccc2cd75144feb57f8894c9f5c842');
INSERT INTO quotas (id,version,tenant_id,resource,hard_limit) VALUES (REPEAT('e',32),1,'p','zones',20);
INSERT INTO service_statuses (id,service_name,hostname,status,stats,capabilities) VALUES (REPEAT('f',32),'central','h','UP','{}','{}');

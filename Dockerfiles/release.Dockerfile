# One release: all of its projects in one environment, installed from the lock by a user that is not root.
ARG BASE
ARG BUILDER

FROM ${BUILDER} AS install
# The label lets the build find this stage's layers and throw them away: they hold site/, the compiler and the cache.
LABEL thing-a-me=stage
COPY site/ /site/
COPY requirements.txt /opt/requirements.txt
USER 42424:42424
# In one layer, because the classic builder writes every layer of a stage to disk twice. Top-level tests go first: they are a
# quarter of all files, and nobody runs them here. Bytecode is never compared with its source (unchecked-hash): the image
# cannot change, and a copy may move modification times.
RUN . /site/environment \
 && export HOME=/tmp UV_CACHE_DIR=/opt/openstack/.cache \
 && /opt/uv/bin/uv venv --quiet --allow-existing --python /usr/bin/python3 /opt/openstack \
 && /opt/uv/bin/uv pip install --python /opt/openstack/bin/python --require-hashes -r /opt/requirements.txt \
 && rm -rf /opt/openstack/.cache /opt/openstack/lib/python3*/site-packages/*/tests \
 && { /opt/openstack/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /opt/openstack/lib || test $? -eq 1; }

FROM ${BASE}
COPY --from=install /opt/openstack /opt/openstack
ENV PATH=/opt/openstack/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1
USER 42424:42424

# A project's own image that describes itself: Debian's packages, or an image that somebody else built. Our virtual
# environment, Kolla's and LOCI's are looked into before the system's Python.
ARG GIVEN

FROM ${GIVEN} AS asked
LABEL thing-a-me=stage
ENV PATH=/opt/openstack/bin:/var/lib/kolla/venv/bin:/var/lib/openstack/bin:${PATH:-/usr/local/bin}:/usr/bin:/bin
COPY describe.py asked.json /
USER 42424:42424
RUN for python in python python3; do \
      if command -v $python && $python /describe.py "$(cat /asked.json)" > /tmp/manifest.json \
        && grep -q '"chains"' /tmp/manifest.json; then exit 0; fi; \
    done; \
    echo "no Python of this image has the project" >&2; exit 1

FROM ${GIVEN}
COPY --from=asked /tmp/manifest.json /usr/share/thing-a-me/manifest.json
ENV PATH=/opt/openstack/bin:/var/lib/kolla/venv/bin:/var/lib/openstack/bin:${PATH:-/usr/local/bin}:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1
USER 42424:42424

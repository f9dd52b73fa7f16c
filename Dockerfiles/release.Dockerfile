# A release that describes itself: the installed code is asked, and its answer becomes the last layer.
ARG INSTALLED

FROM ${INSTALLED} AS asked
LABEL thing-a-me=stage
COPY describe.py asked.json /
USER 42424:42424
RUN /opt/openstack/bin/python /describe.py "$(cat /asked.json)" > /tmp/manifest.json

FROM ${INSTALLED}
COPY --from=asked /tmp/manifest.json /usr/share/thing-a-me/manifest.json
ENV PATH=/opt/openstack/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1
USER 42424:42424

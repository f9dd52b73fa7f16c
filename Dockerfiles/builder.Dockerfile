# What the wheels that PyPI does not have are compiled with. No release image is made from this one; it is copied from.
ARG BASE
FROM ${BASE}
COPY site/ /site/
COPY uv.txt /opt/uv.txt
RUN . /site/environment \
 && apt-get -q update -o APT::Update::Error-Mode=any \
 && apt-get -q install -y --no-install-recommends \
      gcc g++ make pkg-config libc6-dev libssl-dev libffi-dev libxml2-dev libxslt1-dev zlib1g-dev git python3-dev python3-venv \
 && python3 -m venv /opt/uv \
 && /opt/uv/bin/pip install --quiet --no-cache-dir --require-hashes -r /opt/uv.txt \
 && install -d -o 42424 -g 42424 /opt/openstack \
 && rm -rf /site /var/lib/apt/lists/* /var/cache/apt/*

# A builder for the releases whose code is Python 2.7, which uv does not serve: the last virtualenv and pip-tools that do.
ARG BUILDER
FROM ${BUILDER}
COPY site/ /site/
COPY virtualenv.txt pip-tools.txt /opt/
RUN . /site/environment \
 && apt-get -q update -o APT::Update::Error-Mode=any \
 && apt-get -q install -y --no-install-recommends python2.7-dev \
 && python3 -m venv /opt/virtualenv \
 && /opt/virtualenv/bin/pip install --quiet --no-cache-dir --require-hashes -r /opt/virtualenv.txt \
 && /opt/virtualenv/bin/virtualenv --quiet --no-download --no-periodic-update --python python2.7 /opt/pip-tools \
 && /opt/pip-tools/bin/pip install --quiet --no-cache-dir --no-deps --require-hashes -r /opt/pip-tools.txt \
 && rm -rf /site /var/lib/apt/lists/* /var/cache/apt/* /root/.local /root/.cache

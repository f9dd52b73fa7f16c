# An image as Kolla builds it: one project in a virtual environment of its own, a user of its own, an entrypoint of its own, on
# a base that is not ours.
ARG ROOT
FROM ${ROOT}
COPY site/ /site/
COPY wanted.txt constraints.txt /
RUN . /site/environment \
 && apt-get -q update -o APT::Update::Error-Mode=any \
 && apt-get -q install -y --no-install-recommends \
      ca-certificates python3 python3-venv python3-dev gcc libc6-dev libffi-dev libssl-dev libxml2-dev libxslt1-dev pkg-config \
 && python3 -m venv /var/lib/kolla/venv \
 && PIP_CONSTRAINT=/constraints.txt /var/lib/kolla/venv/bin/pip install --quiet --no-cache-dir -r /wanted.txt \
 && useradd --uid 42407 --create-home cinder \
 && rm -rf /site /var/lib/apt/lists/* /var/cache/apt/*
ENV PATH=/var/lib/kolla/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
USER cinder
ENTRYPOINT ["dumb-init", "--single-child", "--"]
CMD ["kolla_start"]

# One project as Debian packages it, for a release that a suite carries. Flattened after its build, as the base is.
ARG BASE
FROM ${BASE}
COPY site/ /site/
COPY packages.txt /packages.txt
RUN . /site/environment \
 && printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d \
 && chmod 755 /usr/sbin/policy-rc.d \
 && apt-get -q update -o APT::Update::Error-Mode=any \
 && xargs apt-get -q install -y --no-install-recommends < /packages.txt \
 && rm -rf /site /packages.txt /usr/sbin/policy-rc.d /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old \
      /var/log/apt /var/log/dpkg.log

# What every release image runs on: a root filesystem plus what OpenStack needs at run time, and no compiler.
# Built, then flattened (runner/containers/build.py): neither site/ nor what it says outlives the build.
ARG ROOT
FROM ${ROOT}
ARG SUITE
COPY site/ /site/
RUN . /site/environment \
 && apt-get -q update -o APT::Update::Error-Mode=any \
 && case "$SUITE" in \
      bullseye) also="python3-distutils python2.7" ;; \
      bookworm) also=python3-distutils ;; \
      *) also= ;; \
    esac \
 && apt-get -q install -y --no-install-recommends ca-certificates python3 libxml2 libxslt1.1 media-types netbase $also \
 && groupadd --gid 42424 openstack \
 && useradd --uid 42424 --gid 42424 --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin openstack \
 && rm -rf /site /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log \
      /etc/apt/apt.conf.d/99mmdebstrap /etc/apt/sources.list.d/* \
 && echo "deb http://deb.debian.org/debian ${SUITE} main" > /etc/apt/sources.list
ENV LANG=C.UTF-8

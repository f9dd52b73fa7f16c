# Debian's own registry server, for the tests of `images pull`.
ARG BASE
FROM ${BASE}
COPY site/ /site/
RUN . /site/environment \
 && apt-get -q update -o APT::Update::Error-Mode=any \
 && apt-get -q install -y --no-install-recommends docker-registry \
 && sed '/^auth:/,/path:/d' /etc/docker/registry/config.yml > /etc/docker/registry/open.yml \
 && rm -rf /site /var/lib/apt/lists/* /var/cache/apt/*
EXPOSE 5000
# Debian's own configuration (config.yml) demands a login.
ENTRYPOINT ["docker-registry", "serve"]
CMD ["/etc/docker/registry/open.yml"]

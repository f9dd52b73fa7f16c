# Debian's MariaDB server of another version, for chains in CI: nothing of snapshots, which not every suite has all tools of.
# Built, then flattened, as base.Dockerfile is.
ARG BASE
FROM ${BASE}
COPY site/ /site/
COPY mariadb-entrypoint /usr/local/bin/mariadb-entrypoint
RUN . /site/environment \
 && export DEBIAN_FRONTEND=noninteractive \
 && apt-get -q update -o APT::Update::Error-Mode=any \
 && apt-get -q install -y --no-install-recommends mariadb-server \
 && chmod 755 /usr/local/bin/mariadb-entrypoint \
 && rm -rf /site /var/lib/apt/lists/* /var/cache/apt/* /var/lib/mysql/* /var/log/apt /var/log/dpkg.log \
 && install -d -o mysql -g mysql /run/mysqld /var/lib/mysql
EXPOSE 3306
VOLUME /var/lib/mysql
ENTRYPOINT ["mariadb-entrypoint"]

# A host of its own for a database server, as seen from elsewhere: MariaDB, something that keeps it running, and a way in by ssh.
ARG SERVER
FROM ${SERVER}
COPY site/ /site/
COPY server-control /usr/local/bin/server-control
RUN . /site/environment \
 && export DEBIAN_FRONTEND=noninteractive \
 && apt-get -q update -o APT::Update::Error-Mode=any \
 && apt-get -q install -y --no-install-recommends openssh-server openssh-client \
 && rm -rf /site /var/lib/apt/lists/* /var/cache/apt/* /etc/ssh/ssh_host_*_key* \
 && chmod 755 /usr/local/bin/server-control \
 && install -d -m 755 /run/sshd \
 && install -d -m 700 /root/.ssh
VOLUME /var/lib/mysql
ENTRYPOINT ["server-control"]
CMD ["boot"]

# A machine with systemd and sshd, as seen by who stops services on it; curl, so that a unit can speak to an engine as Kolla's do.
ARG BASE
FROM ${BASE}
COPY site/ /site/
RUN . /site/environment \
 && export DEBIAN_FRONTEND=noninteractive \
 && apt-get -q update -o APT::Update::Error-Mode=any \
 && apt-get -q install -y --no-install-recommends systemd-sysv dbus curl openssh-server \
 && rm -rf /site /var/lib/apt/lists/* /var/cache/apt/* \
 && systemctl disable ssh \
 && systemctl set-default multi-user.target \
 && systemctl mask getty.target console-getty.service systemd-logind.service systemd-udevd.service \
      systemd-udev-trigger.service apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
ENV container=docker
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT ["/sbin/init"]
CMD []

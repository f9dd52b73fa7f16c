"""A process that takes the lease and keeps it until it is lost: `python -m tests.support.lease_holder HOST PORT RUN TTL`.

The password comes by standard input. It says `taken TOKEN`, and at the end `lost WHY`.
"""

import sys
import time

from runner.errors import LeaseLost
from runner.mariadb.connection import open_server
from runner.mariadb.lease import keeping, take_lease
from runner.mariadb.lease_row import this_process
from runner.settings import Server


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    host, port, run, ttl = sys.argv[1:]
    address = Server(host=host, port=int(port), user="root", password_file="unused")
    with open_server(address, sys.stdin.readline().strip(), seconds=float(ttl) / 3) as server:
        lease = take_lease(server, this_process(run), float(ttl))
        with keeping(lease):
            say(f"taken {lease.token}")
            try:
                while True:
                    lease.demand()
                    time.sleep(0.05)
            except LeaseLost as error:
                say(f"lost {error}")


if __name__ == "__main__":
    main()

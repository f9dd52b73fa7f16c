"""The messages that give a loopback more addresses."""

import pytest

from runner.containers.take_addresses import request

# Length, RTM_NEWADDR, flags, the seventh, from us; family, all bits, permanent and unchecked, of the host only, the first
# device; IFA_LOCAL; IFA_ADDRESS.
V4 = "28000000 1400 0506 07000000 00000000 02 20 82 fe 01000000 0800 0200 0a000005 0800 0100 0a000005"
V6 = """40000000 1400 0506 07000000 00000000 0a 80 82 fe 01000000
1400 0200 fd000000000000000000000000000005 1400 0100 fd000000000000000000000000000005"""


@pytest.mark.parametrize(("address", "message"), [("10.0.0.5", V4), ("fd00::5", V6)])
def test_a_request_is_what_the_kernel_reads(address: str, message: str) -> None:
    assert request(address, 7, 1) == bytes.fromhex(message)


def test_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 address"):
        request("database", 1, 1)

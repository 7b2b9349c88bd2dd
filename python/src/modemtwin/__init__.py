"""A software twin of Quectel EC200x-CN and EC800x-CN modules, for the tests of host drivers.

    with ModemTwin(model="EC800M-CN", files={"ca.pem": ca}) as twin:
        driver = Driver(twin.port)
        ...
        assert twin.socket(4)["state"] == "Connected"

The module runs in a process of its own. What the driver does wrong (an error of docs/lint.md) fails the test at the end.
"""

from ._control import Control, ControlError
from ._twin import EndError, LintError, ModemTwin, StartError

__all__ = ["Control", "ControlError", "EndError", "LintError", "ModemTwin", "StartError"]

"""The vendors, and the engine that reads them."""

from .bossdesk import VENDOR as _bossdesk
from .engine.table import Vendor
from .notific import VENDOR as _notific
from .servicebridge import VENDOR as _servicebridge
from .servicesidekick import VENDOR as _servicesidekick
from .shiftboard import VENDOR as _shiftboard

VENDORS: dict[str, Vendor] = {
    vendor.name: vendor for vendor in (_shiftboard, _bossdesk, _servicebridge, _servicesidekick, _notific)
}
"""Every vendor, by name. A new one is a folder, a line here, and its sandbox."""

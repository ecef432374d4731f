"""Every method that the vendor's text names, by what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fieldhouse.sources.sandbox.sandbox import Record
from fieldhouse.sources.sandbox.shiftboard.store import Site

from .lists import LISTS
from .people import PEOPLE
from .profiles import PROFILES
from .shifts import SHIFT_METHODS
from .work import WORK
from .workgroups import WORKGROUPS_AND_RELATIONS

SERVED: dict[str, Callable[[Site, Record], Any]] = {
    **PEOPLE,
    **PROFILES,
    **WORKGROUPS_AND_RELATIONS,
    **SHIFT_METHODS,
    **WORK,
    **LISTS,
}


def _names(text: str) -> frozenset[str]:
    lines = (line.split(": ") for line in text.strip().splitlines())
    return frozenset(f"{noun}.{verb}" for noun, verbs in lines for verb in verbs.split())


FORBIDDEN = _names("""
account: acceptPrivacyPolicy create delete deleteDocument deleteImage deleteResume
account: expiredCertification resetPassword sendPassword sendWelcomeLetter
account: update updateDocument updateImage updateResume
accountPoints: create delete update
availability: approve create delete
client: create delete update
department: create delete update
location: create delete update
managerNote: create delete update
managerNoteType: create delete update
membership: create delete update
message: broadcast direct
openid: create delete update
paycode: create delete update
profileData: update
registration: create
role: assign create delete update
shift: acknowledge assign bulkCopy bulkDelete bulkUpdate bulkUpload bulkUploadUpdateSettings confirm
shift: create delete deleteSignup markAbsent signup unconfirm update
system: endBatch getUserKeys
teamCategory: create delete update
teamCategoryItem: add delete undelete update
timeOffRequest: approve create delete deny update
timecard: approve create delete exportTRAXPayroll process update
timeclock: clockIn clockOut
tradeboard: accept approve create delete update
voucher: refund use
workgroup: addDepartments addLocations addRoles create delete deleteClients deleteDepartments deleteLocations
workgroup: deleteRoles undelete update
""")
"""Methods that write, send, start an export or give out secret keys: no reader may ever call one."""

UNSERVED = _names("""
account: getDocument getImage getResume listByWorkgroup listMemberships
accountPoints: shiftList
calendar: summary
membership: listExcluded
news: get
shift: bulkUploadGetSettings bulkUploadGetTemplates bulkUploadStatus
shift: getAssignmentList getOfferedTrade notification summary whosOn
timecard: report shiftList
timeclock: report status whosOn
voucher: balance
workgroup: listJoinable
""")
"""Methods that only read but that no table comes from: this sandbox does not have them."""

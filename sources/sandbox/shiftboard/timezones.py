"""Shiftboard's 69 time zone labels and the IANA zone behind each (vendor text, lines 7643-7722).

The GMT figure in a label is the standard offset only, so it is wrong while daylight saving time holds.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

ORGANIZATION_ZONE = "Pacific Time (US/Can) (GMT-08:00)"

_LABELS = """
International Date Line West (GMT-12:00)|Etc/GMT+12
Midway Island, Samoa (GMT-11:00)|Pacific/Midway
Hawaii (GMT-10:00)|Pacific/Honolulu
Alaska (GMT-09:00)|America/Anchorage
Pacific Time (US/Can) (GMT-08:00)|America/Los_Angeles
Arizona (GMT-07:00)|America/Phoenix
Mountain Time (US/Can) (GMT-07:00)|America/Denver
Chihuahua, La Paz, Mazatlan (GMT-07:00)|America/Mazatlan
Saskatchewan (GMT-06:00)|America/Regina
Central Time (US/Can) (GMT-06:00)|America/Chicago
Guadalajara, Mexico City, Monterrey (GMT-06:00)|America/Mexico_City
Indiana (East) (GMT-05:00)|America/Indiana/Indianapolis
Bogota, Lima, Quito (GMT-05:00)|America/Bogota
Eastern Time (US/Can) (GMT-05:00)|America/New_York
Caracas, La Paz (GMT-04:30)|America/Caracas
Atlantic Time (Can) (GMT-04:00)|America/Halifax
Santiago (GMT-04:00)|America/Santiago
Newfoundland (GMT-03:30)|America/St_Johns
Buenos Aires, Georgetown (GMT-03:00)|America/Argentina/Buenos_Aires
Mid-Atlantic (GMT-02:00)|Atlantic/South_Georgia
Cape Verde Is. (GMT-01:00)|Atlantic/Cape_Verde
Azores (GMT-01:00)|Atlantic/Azores
Casablanca, Monrovia (GMT)|Africa/Casablanca
Greenwich Mean Time : Dublin, Lisbon, London (GMT)|Europe/London
Brussels, Copenhagen, Madrid, Paris (GMT+01:00)|Europe/Paris
Belgrade, Bratislava, Budapest, Prague (GMT+01:00)|Europe/Prague
Amsterdam, Berlin, Bern, Rome, Vienna (GMT+01:00)|Europe/Berlin
Sarajevo, Skopje, Warsaw, Zagreb (GMT+01:00)|Europe/Warsaw
Harare, Pretoria (GMT+02:00)|Africa/Johannesburg
Cairo (GMT+02:00)|Africa/Cairo
Jerusalem (GMT+02:00)|Asia/Jerusalem
Athens, Beirut, Istanbul, Minsk (GMT+02:00)|Europe/Athens
Bucharest (GMT+02:00)|Europe/Bucharest
Helsinki, Kyiv, Riga, Sofia, Vilnius (GMT+02:00)|Europe/Helsinki
Nairobi (GMT+03:00)|Africa/Nairobi
Kuwait, Riyadh (GMT+03:00)|Asia/Riyadh
Moscow, St. Petersburg, Volgograd (GMT+03:00)|Europe/Moscow
Baghdad (GMT+03:00)|Asia/Baghdad
Tehran (GMT+03:30)|Asia/Tehran
Abu Dhabi, Muscat (GMT+04:00)|Asia/Dubai
Baku, Tbilisi, Yerevan (GMT+04:00)|Asia/Baku
Kabul (GMT+04:30)|Asia/Kabul
Islamabad, Karachi, Tashkent (GMT+05:00)|Asia/Karachi
Chennai, Kolkata, Mumbai, New Delhi (GMT+05:30)|Asia/Kolkata
Kathmandu (GMT+05:45)|Asia/Kathmandu
Astana, Dhaka (GMT+06:00)|Asia/Dhaka
Almaty, Novosibirsk (GMT+06:00)|Asia/Almaty
Rangoon (GMT+06:30)|Asia/Yangon
Bangkok, Hanoi, Jakarta (GMT+07:00)|Asia/Bangkok
Krasnoyarsk (GMT+07:00)|Asia/Krasnoyarsk
Beijing, Chongqing, Hong Kong, Urumqi (GMT+08:00)|Asia/Shanghai
Kuala Lumpur, Singapore (GMT+08:00)|Asia/Singapore
Taipei (GMT+08:00)|Asia/Taipei
Perth (GMT+08:00)|Australia/Perth
Irkutsk, Ulaan Bataar (GMT+08:00)|Asia/Irkutsk
Seoul (GMT+09:00)|Asia/Seoul
Osaka, Sapporo, Tokyo (GMT+09:00)|Asia/Tokyo
Yakutsk (GMT+09:00)|Asia/Yakutsk
Darwin (GMT+09:30)|Australia/Darwin
Adelaide (GMT+09:30)|Australia/Adelaide
Brisbane (GMT+10:00)|Australia/Brisbane
Guam, Port Moresby (GMT+10:00)|Pacific/Guam
Vladivostok (GMT+10:00)|Asia/Vladivostok
Hobart (GMT+10:00)|Australia/Hobart
Canberra, Melbourne, Sydney (GMT+10:00)|Australia/Sydney
Magadan, Solomon Is., New Caledonia (GMT+11:00)|Asia/Magadan
Fiji, Kamchatka, Marshall Is. (GMT+12:00)|Pacific/Fiji
Auckland, Wellington (GMT+12:00)|Pacific/Auckland
Nuku'alofa (GMT+13:00)|Pacific/Tongatapu
"""

IANA = dict(line.split("|") for line in _LABELS.strip().splitlines())


@cache
def zone(label: str) -> ZoneInfo:
    """The zone behind a display label; KeyError where there is no such label."""
    return ZoneInfo(IANA[label])


def local(moment: datetime, label: str) -> datetime:
    """``moment`` as a clock on the wall of that zone shows it, without offset."""
    return moment.astimezone(zone(label)).replace(tzinfo=None)


@cache
def changes(label: str, first: date, last: date) -> list[tuple[date, bool]]:
    """The days in which the zone's clocks are changed, and whether they go forward (an hour is missing)."""
    changed = []
    for number in range((last - first).days):
        day = first + timedelta(days=number)
        before, after = (
            datetime.combine(midnight, time(), zone(label)).utcoffset()
            for midnight in (day, day + timedelta(days=1))
        )
        if before is not None and after is not None and before != after:
            changed.append((day, after > before))
    return changed


def offset_in_label(label: str) -> str:
    """``-08:00`` of ``Pacific Time (US/Can) (GMT-08:00)``; ``+00:00`` where the label says only GMT."""
    figure = label.rsplit("(GMT", 1)[1].rstrip(")")
    return figure or "+00:00"

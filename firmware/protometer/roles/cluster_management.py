"""Device Management at a meter: tenancy and the point of supply (Smart Energy D.13)."""

from micropython import const

from ..han import zcl

_DELIVERED = const(0x00)


def get_change_of_tenancy(meter, request):
    """Get Change of Tenancy: since when data are the tenant's (SMETS2 5.6.3.31)."""
    since_s = meter.data.restrict_data_s
    if not since_s:
        return zcl.NOT_FOUND
    answer = {
        "providerId": 0,
        "issuerEventId": since_s,
        "tariffType": _DELIVERED,
        "implementationDateTime": since_s,
        "proposedTenancyChangeControl": 0,
    }
    request.answer("PublishChangeOfTenancy", answer)
    return None


def get_site_id(meter, request):
    """Get Site ID: the MPAN of a meter of electricity, the MPRN of one of gas."""
    data = meter.data
    is_gas = "G" in data.role
    site = data.meter_point_reference_number if is_gas else data.mpan_import_primary
    if not site:
        return zcl.NOT_FOUND
    answer = {"issuerEventId": 0, "siteIdTime": 0, "providerId": 0, "siteId": site.encode()}
    request.answer("UpdateSiteId", answer)
    return None


def handlers(role):
    """Return {(command, from server): function} of a role's letters."""
    return {(0x00, False): get_change_of_tenancy, (0x03, False): get_site_id}

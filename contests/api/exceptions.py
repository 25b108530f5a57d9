"""The API's errors about contests and entries; `EmailTakenError` is the response to the service's `EmailTaken`."""

from blitzrocket.api.exceptions import ApiError


class ContestNotFoundError(ApiError):
    status_code = 404
    error = "Contest not found"
    code = "contest_not_found"
    message = "No contest exists with the given ID"


class EntryNotFoundError(ApiError):
    status_code = 404
    error = "Entry not found"
    code = "entry_not_found"
    message = "No entry in this contest has that email address"


class EmailTakenError(ApiError):
    status_code = 409
    error = "Email taken"
    code = "email_taken"
    message = "Another entry of this contest has that email address"


class PhoneTakenError(ApiError):
    status_code = 409
    error = "Phone taken"
    code = "phone_taken"
    message = "Another entry of this contest without an email address has that phone number"


class BalanceTooLowError(ApiError):
    status_code = 409
    error = "Balance too low"
    code = "balance_too_low"
    message = "The entry has fewer points than the adjustment removes"

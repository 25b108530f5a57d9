"""The API's errors about purchases and refunds."""

from blitzrocket.api.exceptions import ApiError, NotFoundError, UnauthorizedError

CONNECTION_RETRY_SECONDS = 60


class AmountNotPositiveError(ApiError):
    error = "Amount must be positive"
    code = "amount_not_positive"
    message = "The amount value must be greater than 0"
    example_details = [{"field": "amount", "message": "The amount must be greater than 0."}]


class PurchaseNotFoundError(ApiError):
    status_code = 404
    error = "Purchase not found"
    code = "purchase_not_found"
    message = "No such purchase is recorded in this contest"


class RefundExceedsPurchaseError(ApiError):
    status_code = 409
    error = "Refund exceeds purchase"
    code = "refund_exceeds_purchase"
    message = "The refund exceeds the remaining amount of the purchase"


class InvalidWebhookSecretError(UnauthorizedError):
    error = "Invalid webhook secret"
    code = "invalid_webhook_secret"
    message = "Send the connection's secret in the header x-webhook-secret or in the body field secret."


class ConnectionPausedError(NotFoundError):
    """Answered like a connection that is not there, with a hint for who knows its secret."""

    message = "This store connection is paused. Resume it on the contest's page, then send this again."


class ConnectionNotReadyError(ApiError):
    """Nothing can be verified; the store is to send it again, so that no order is lost."""

    status_code = 503
    error = "Service unavailable"
    code = "store_connection_not_ready"
    message = "The secret of this store connection is missing or can't be read. Send the same request again later."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(CONNECTION_RETRY_SECONDS)})

"""What is answered to bytes that gunicorn's parser refuses."""

from gunicorn.http import errors

from blitzrocket.api.refusals import OUR_FAULT, Refusal, bad_request

LENGTH = "Send one Content-Length, or Transfer-Encoding: chunked."
CHUNKS = bad_request(f"The body's chunks are malformed. {LENGTH}")
# By error; the first that fits.
REFUSALS: tuple[tuple[type[Exception], Refusal], ...] = (
    (errors.InvalidResponseHeader, OUR_FAULT),
    (errors.InvalidResponseHeaderName, OUR_FAULT),
    (errors.ConfigurationProblem, OUR_FAULT),
    (errors.LimitRequestLine, Refusal(414, "URI Too Long", "uri_too_long", "The address is too long. Shorten it.")),
    (
        errors.LimitRequestHeaders,
        Refusal(431, "Request Header Fields Too Large", "headers_too_large", "The headers are too large. Send fewer."),
    ),
    (
        errors.UnsupportedTransferCoding,
        Refusal(501, "Not Implemented", "unsupported_transfer_encoding", f"The body's encoding is unknown. {LENGTH}"),
    ),
    (
        errors.ExpectationFailed,
        Refusal(417, "Expectation Failed", "expectation_failed", "Expect may only say “100-continue”. Leave it out."),
    ),
    (errors.InvalidRequestLine, bad_request("The first line is no HTTP. Send a method, an address and HTTP/1.1.")),
    (errors.InvalidRequestMethod, bad_request("The method is invalid. Write it in capitals, such as POST.")),
    (errors.InvalidHTTPVersion, bad_request("The HTTP version is unknown. Use HTTP/1.1.")),
    (errors.InvalidHeaderName, bad_request("A header's name is invalid. Use letters, digits and hyphens.")),
    (errors.ObsoleteFolding, bad_request("A header goes on in another line. Write each in one line.")),
    (errors.InvalidHeader, bad_request(f"A header's value is invalid, or contradicts another. {LENGTH}")),
    (errors.InvalidChunkSize, CHUNKS),
    (errors.ChunkMissingTerminator, CHUNKS),
    (errors.InvalidChunkExtension, CHUNKS),
    (errors.ParseException, bad_request("The request is no valid HTTP/1.1.")),
)


def refusal_of(error: BaseException) -> Refusal:
    """What to answer; what the client did not cause is our fault."""
    return next((refusal for kind, refusal in REFUSALS if isinstance(error, kind)), OUR_FAULT)

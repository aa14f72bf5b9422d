// Package simulator is an HTTP twin of the carriers, in memory: Twilio's Messages and Calls (with TwiML and signed
// callbacks), Google's OAuth2 token endpoint and FCM HTTP v1, Apple's APNs provider API
// (HTTP/2 without TLS) and a Web Push service with the browsers behind it, and the handset API behind the page /phone. The gateway
// talks to it through the same SDKs as in production; only the base URL differs. It is strict: a request parameter or
// JSON field that the provider's published contract does not know is refused, so that our own typing errors are found.
//
// # Failures by the number
//
// The last four digits of the To number choose what happens. The table is also served by GET /simulator/scenarios.
//
//	digits  name                 SMS                                              call
//	0001    refused              400, code 21211, nothing sent                    400, code 21211
//	0002    undelivered          accepted, then undelivered, ErrorCode 30003      as usual
//	0003    failed               accepted, then failed, ErrorCode 30008           failed
//	0004    no-answer            as usual                                         rings, then no-answer at once
//	0005    busy                 as usual                                         busy
//	0006    too-many-requests    429, code 20429, Retry-After: 1                  the same
//	0007    server-error         500, code 20500, nothing sent                    the same
//	0008    timeout-after-accept accepted and delivered, the reply never comes    accepted, the reply never comes
//	0009    receipt-before-reply every receipt has arrived before the reply       initiated and ringing precede the reply
//	0010    duplicate-receipts   each receipt comes twice, same idempotency token the same
//	0011    reordered-receipts   receipts come last first                         receipts come last first, after the end
//	0012    opted-out            400, code 21610                                  as usual
//	0013    no-final-receipt     stays at sent                                    as usual
//	0014    landline             400, code 21614                                  as usual
//	0015    first-try-fails      503 for the first try from a From, then as usual the same
//	0016    dropped              connection cut, nothing accepted                 the same
//	0017    answers              as usual                                         answers by itself
//	0018    voicemail            as usual                                         a machine answers (AnsweredBy machine_start)
//	0019    one-receipt          SMPP: a long text's first part only              as usual
//
// The end of an FCM registration token does the same:
//
//	-unregistered  404 UNREGISTERED          -unavailable  503 UNAVAILABLE, Retry-After: 1
//	-quota         429 QUOTA_EXCEEDED        -internal     500 INTERNAL
//	-mismatch      403 SENDER_ID_MISMATCH    -apnsauth     401 THIRD_PARTY_AUTH_ERROR
//	-invalid       400 INVALID_ARGUMENT      -timeout      accepted, the reply never comes
//
// So do the last eight digits of an APNs device token, and the end of a Web Push endpoint:
//
//	f0000400  400 BadDeviceToken             -gone         410
//	f0000403  403 ExpiredProviderToken       -unknown      404
//	f0000408  accepted, the reply never comes  -timeout    the same
//	f0000410  410 Unregistered               -toolarge     413
//	f0000429  429 TooManyRequests            -quota        429
//	f0000430  429 TooManyProviderTokenUpdates  -forbidden  403
//	f0000500  500 InternalServerError        -internal     500
//	f0000503  503 ServiceUnavailable         -unavailable  503
//
// # What is simulated differently, on purpose
//
// Callbacks are sent once and never again, whatever the receiver answers (Twilio does the same unless the URL asks for
// more), and redirects are not followed. Parameters that Twilio knows but the twin cannot honour (MediaUrl, ScheduleType,
// Record, ...) are refused with code 20001 and a message that says so, never ignored. A TwiML document that Twilio would
// only warn about (12200) ends the call with that error shown. Numbers have to be in E.164 with a leading plus.
//
// Everything is forgotten when the process ends. The package imports nothing of ours.
package simulator

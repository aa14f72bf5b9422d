// Package visavis is a self-hosted communications gateway for banks. It runs
// identification calls by video and everything around them: booking,
// confirmations and reminders, the ringing push, the queue, the recorded
// WebRTC call, the second factor and signed webhooks.
//
// This root package holds only the vocabulary that every folder shares: errors
// with a kind (error.go) and who acts (actor.go). Each folder below is one
// whole feature: its types, rules, SQL and jobs.
//
// # Import order
//
// Imports run one way, bottom to top; cmd/visavis/imports_test.go holds the
// table.
//
//	root, migrations, web, simulator, calls/media, calls/blobs   import nothing of ours
//	postgres          open, migrate, the embedded default, the lease-and-batch loop
//	events            append; audit trail, live feed, signed webhooks
//	banks             banks, agents, sessions, API keys, customers, devices, links
//	channels          messages, deliveries, texts, receipts (+ twilio, fcm, apns, webpush,
//	                  smpp, httpsms)
//	otp, scheduling   verifications; working hours, slots, bookings, due times
//	identifications   the case: consents, form, document, verdict
//	calls             calls, ringing, queue, steps, signalling, recordings
//	ivr               telephone dialogues: flows, phone calls, campaigns
//	httpapi           the whole HTTP surface (+ verifyv2, Twilio Verify's paths)
//	cmd/visavis       wires it all
//
// Synchronous calls go down this order and join the caller's transaction (the
// …Tx functions). Asynchronous work goes up as data: a due time whose kind the
// lower package owns and the upper one works (see scheduling.DueKind).
package visavis

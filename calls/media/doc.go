// Package media carries and records identification calls: rooms of two
// parties and a few third ones, one WebRTC connection each, Opus and VP8, through one UDP port.
// It knows no bank, no SQL and nothing else of ours; package calls drives it.
//
// A [Server] holds what all calls share (the port, one certificate, one set of
// codecs). A [Room] is one call: what one participant sends is forwarded to the
// other and written to that participant's own WebM file. Each [Room] has one
// clock that starts at [RoomConfig].Started, the call's common zero: recordings,
// stills and events all give offsets on it, so that two files can be played in
// step and a step of the script can be found in both.
//
// # One negotiation
//
// The client offers its sections once, all sendrecv, whether or not it has a
// camera yet (addTransceiver, then replaceTrack: mute, camera change and screen
// share need no negotiation). The first audio and the first video are for who is
// across, the second video is a screen, the others are for third parties (see
// [Room.JoinAs]). The answer carries all of the server's candidates. There is
// never an offer from the server. After a lost network the client offers again
// with an ICE restart on the same connection ([Room.Restart]); after a reload it
// makes a new connection and joins again ([Room.Join]), which continues the same
// recording.
//
// # How media flows
//
// Packets are handled where they are decrypted, on the connection's one reading
// goroutine (Pion's BufferFactory, sink.Write): missing ones are asked for, a
// copy is kept for who will miss it, each receiver's outTrack writes it out under
// that receiver's numbers, and the recorder is told where the copy lies, and never
// waited for.
// Numbers and timestamps are rewritten so that a receiver sees one unbroken
// stream even when the other side reloads its page. No interceptor of Pion's
// runs: NACK (nack.go, ring.go), reports (peer.go) and the bit rate that senders
// are told (link.go) are ours. RED (RFC 2198) passes through to who knows it and
// is unpacked for who does not, the recorder among them.
//
// The recorder wakes each 750 ms, orders packets (waiting up to 250 ms
// for a NACK's repair), puts them on the room's clock and appends to the file,
// 1 to 1.75 s behind. What the recorder cannot keep up with is dropped
// there, never in the call.
//
// The files come from a small Matroska writer of our own (webm.go) and not from
// ebml-go: that one needs its clusters buffered, cannot patch sizes and cues
// into the file that it writes live, and was measured at 24 % extra CPU a call
// against 4 % for a lean writer.
package media

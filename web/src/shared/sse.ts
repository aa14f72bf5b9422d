/** One event of a text/event-stream. */
export interface ServerEvent {
  /** The stream's last id so far; empty when none was given. */
  id: string;
  /** "message" when the server named none. */
  event: string;
  data: string;
}

/**
 * Reads text/event-stream (HTML standard, section 9.2) as it arrives in pieces.
 * `feed` returns the events that the piece completed; `retry` is the pause in
 * milliseconds that the server asked for, undefined until it did.
 */
export class EventStreamParser {
  retry: number | undefined;
  lastEventId = '';
  private rest = '';
  private event = '';
  private data: string[] = [];

  feed(piece: string): ServerEvent[] {
    const out: ServerEvent[] = [];
    const text = this.rest + piece;
    // A carriage return at the very end may be the first half of CRLF.
    const end = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, end).split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? '') + text.slice(end);
    for (const line of lines) {
      if (line !== '') {
        this.field(line);
        continue;
      }
      if (this.data.length > 0) {
        out.push({ id: this.lastEventId, event: this.event || 'message', data: this.data.join('\n') });
      }
      this.event = '';
      this.data = [];
    }
    return out;
  }

  private field(line: string) {
    const colon = line.indexOf(':');
    if (colon === 0) return; // a comment: the server's sign of life
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.data.push(value);
    else if (name === 'event') this.event = value;
    else if (name === 'id' && !value.includes('\0')) this.lastEventId = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.retry = Number(value);
  }
}

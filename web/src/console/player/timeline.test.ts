import { describe, expect, it } from 'vitest';
import { type Gap, isLost, scoreLine, share, tracksOf } from './timeline';

const gap = (kind: Gap['kind'], from_ms: number, to_ms: number, cause: Gap['cause']): Gap => ({ kind, from_ms, to_ms, cause });

describe('tracksOf', () => {
  it('has the customer first, sound before picture, gaps of all parts in order of time', () => {
    const rows = tracksOf([
      { participant: 'agent', gaps: [], has_audio: true, has_video: false },
      { participant: 'customer', gaps: [gap('video', 9000, 9500, 'network')], has_audio: true, has_video: true },
      { participant: 'customer', gaps: [gap('video', 100, 600, 'restart')], has_audio: true, has_video: true },
    ]);
    expect(rows.map((r) => [r.participant, r.kind, r.gaps.map((g) => g.from_ms)])).toEqual([
      ['customer', 'audio', []], ['customer', 'video', [100, 9000]], ['agent', 'audio', []],
    ]);
  });
});

it('loses nothing that was not sent', () => {
  expect((['muted', 'paused', 'idle', 'network', 'reconnect', 'disk', 'restart', 'unknown'] as const).filter((cause) => isLost({ cause }))).toEqual(['network', 'reconnect', 'disk', 'restart', 'unknown']);
});

it('keeps to the line', () => {
  expect([share(5, 10), share(20, 10), share(-1, 10), share(5, 0)]).toEqual([50, 100, 0, 0]);
});

it('draws the score of one side, none where nobody speaks', () => {
  const s = (role: string, offset_ms: number, r: number, mos: number) => ({ role, offset_ms, r, mos });
  expect(scoreLine([s('agent', 0, 93, 4.4), s('customer', 10, 90, 4.4), s('agent', 50, 0, 1), s('agent', 100, 1, 1)], 'agent', 100).map(([x, y]) => [x, Math.round(y) + 0])).toEqual([[0, 0], [100, 100]]);
});

import { describe, expect, it } from 'vitest';
import { chapterAt, chapterStart, correction, durationOf, type Part, partAt, partsOf, PlaybackClock } from './clock';

const part = (n: number, offset_ms: number, duration_ms?: number, more: Partial<Part> = {}): Part => ({
  id: `p${n}`, participant: 'customer', part: n, state: 'complete', offset_ms, duration_ms, url: `/r/${n}`, ...more,
});

describe('partAt', () => {
  const parts = [part(1, 200, 10_000), part(2, 15_000, 5_000)];
  it('finds the file and the place in it by the offset', () => {
    expect(partAt(parts, 1_200, 20_000)).toMatchObject({ part: { id: 'p1' }, fileMs: 1_000 });
    expect(partAt(parts, 15_000, 20_000)).toMatchObject({ part: { id: 'p2' }, fileMs: 0 });
  });
  it('finds nothing before, between and after the parts', () => {
    for (const ms of [0, 199, 10_200, 14_999, 20_000]) expect(partAt(parts, ms, 20_000), String(ms)).toBeUndefined();
  });
  it('takes a part without a length up to the next, the last one to the end', () => {
    const open = [part(1, 0), part(2, 15_000)];
    expect(partAt(open, 14_999, 20_000)?.part.id).toBe('p1');
    expect(partAt(open, 19_999, 20_000)).toMatchObject({ part: { id: 'p2' }, fileMs: 4_999 });
    expect(partAt(open, 20_000, 20_000)).toBeUndefined();
  });
  it('prefers the later of two that overlap', () => {
    expect(partAt([part(1, 0, 10_000), part(2, 9_000, 5_000)], 9_500, 14_000)).toMatchObject({ part: { id: 'p2' }, fileMs: 500 });
  });
});

describe('partsOf and durationOf', () => {
  it('sorts one side and leaves out what failed', () => {
    const all = [part(2, 9_000, 1_000), part(1, 0, 8_000), part(3, 12_000, 1_000, { state: 'failed' }), part(1, 0, 30_000, { participant: 'agent', id: 'a' })];
    expect(partsOf(all, 'customer').map((p) => p.id)).toEqual(['p1', 'p2']);
    expect(partsOf(all, 'agent').map((p) => p.id)).toEqual(['a']);
    expect(durationOf(all, 5_000)).toBe(30_000);
    expect(durationOf([], 7_000)).toBe(7_000);
  });
});

describe('correction', () => {
  it('leaves small differences alone', () => {
    expect(correction(40, 1)).toEqual({ rate: 1, jump: false });
    expect(correction(-40, 1.5)).toEqual({ rate: 1.5, jump: false });
  });
  it('slows what is ahead and hurries what is behind, more when it is far', () => {
    expect(correction(100, 1).rate).toBeCloseTo(0.94);
    expect(correction(-100, 2).rate).toBeCloseTo(2.12);
    expect(correction(-400, 1).rate).toBeCloseTo(1.15);
  });
  it('jumps when it is too far off', () => {
    expect(correction(-900, 1)).toEqual({ rate: 1, jump: true });
    expect(correction(-900, 2).jump).toBe(false); // at twice the speed 900 ms are soon caught up
  });
});

describe('PlaybackClock', () => {
  function at() {
    let now = 5_000;
    const clock = new PlaybackClock(60_000, () => now);
    return { clock, pass: (ms: number) => (now += ms) };
  }
  it('stands until played, then runs', () => {
    const { clock, pass } = at();
    pass(1_000);
    expect(clock.position()).toBe(0);
    clock.play();
    pass(2_000);
    expect(clock.position()).toBe(2_000);
    clock.pause();
    pass(9_000);
    expect(clock.position()).toBe(2_000);
    clock.play();
    pass(500);
    expect(clock.position()).toBe(2_500);
  });
  it('seeks while playing and while paused, within the call', () => {
    const { clock, pass } = at();
    clock.seek(10_000);
    expect(clock.position()).toBe(10_000);
    clock.play();
    pass(1_000);
    clock.seek(30_000);
    pass(1_000);
    expect(clock.position()).toBe(31_000);
    clock.seek(-5);
    expect(clock.position()).toBe(0);
    clock.seek(99_000);
    expect(clock.position()).toBe(60_000);
  });
  it('keeps its place when the speed changes', () => {
    const { clock, pass } = at();
    clock.play();
    pass(4_000);
    clock.setSpeed(2);
    expect(clock.position()).toBe(4_000);
    pass(3_000);
    expect(clock.position()).toBe(10_000);
  });
  it('waits while a side loads, though it is still "playing"', () => {
    const { clock, pass } = at();
    clock.play();
    pass(1_000);
    clock.hold(true);
    pass(5_000);
    expect(clock.position()).toBe(1_000);
    expect(clock.playing).toBe(true);
    expect(clock.waiting).toBe(true);
    clock.hold(false);
    pass(1_000);
    expect(clock.position()).toBe(2_000);
  });
  it('stops at the end and plays from the beginning again', () => {
    const { clock, pass } = at();
    clock.play();
    pass(70_000);
    expect(clock.position()).toBe(60_000);
    expect(clock.playing).toBe(false);
    clock.play();
    pass(100);
    expect(clock.position()).toBe(100);
  });
});

describe('chapters', () => {
  const steps = [{ n: 1, offset_ms: 20_000 }, { n: 2, offset_ms: 8_000 }, { n: 3 }];
  it('begin a little before their stamp', () => {
    expect(chapterStart(8_000)).toBe(5_000);
    expect(chapterStart(1_000)).toBe(0);
  });
  it('tell which one plays', () => {
    expect(chapterAt(steps, 4_999)).toBeUndefined();
    expect(chapterAt(steps, 5_000)?.n).toBe(2);
    expect(chapterAt(steps, 40_000)?.n).toBe(1);
  });
});

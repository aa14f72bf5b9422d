import { describe, expect, it } from 'vitest';
import { offsetOf } from '../frame/serverClock';
import { offerLeft, offerOf } from './offer';

describe('offerLeft', () => {
  it('counts down from when it was seen to when it ends', () => {
    expect(offerLeft(1_000, 1_000, 21_000)).toEqual({ ms: 20_000, share: 1 });
    expect(offerLeft(11_000, 1_000, 21_000)).toEqual({ ms: 10_000, share: 0.5 });
  });
  it('ends at zero and stays there', () => {
    expect(offerLeft(21_001, 1_000, 21_000)).toEqual({ ms: 0, share: 0 });
  });
  it('is full for one that was seen late, after a reload', () => {
    expect(offerLeft(15_000, 15_000, 21_000)).toEqual({ ms: 6_000, share: 1 });
  });
  it('gives 20 s when the end is not told', () => {
    expect(offerLeft(6_000, 1_000, undefined).ms).toBe(15_000);
  });
});

describe('offerOf', () => {
  const offer = { id: 'q1' } as never;
  it('shows an offer only while the server says that it stands', () => {
    expect(offerOf({ state: 'offered', since: '', offer })).toBe(offer);
    expect(offerOf({ state: 'ready', since: '', offer })).toBeUndefined();
    expect(offerOf(undefined)).toBeUndefined();
  });
});

describe('offsetOf', () => {
  const at = Date.parse('2026-11-22T10:00:00Z');
  it('finds a clock that is wrong, and leaves alone one that is right to the second', () => {
    expect(offsetOf('Sun, 22 Nov 2026 10:00:00 GMT', at + 400)).toBe(0);
    expect(offsetOf('Sun, 22 Nov 2026 10:00:00 GMT', at - 90_000)).toBe(90_500);
    expect(offsetOf(null, at)).toBeUndefined();
    expect(offsetOf('no date', at)).toBeUndefined();
  });
});

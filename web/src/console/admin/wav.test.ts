import { describe, expect, it } from 'vitest';
import { fileProblem, fromBase64, readMuLaw, toBase64 } from './wav';

// The example of httpapi/openapi.yaml: two samples of mu-law.
const example = fromBase64('UklGRjQAAABXQVZFZm10IBIAAAAHAAEAQB8AAEAfAAABAAgAAABmYWN0BAAAAAIAAABkYXRhAgAAAP//');

describe('readMuLaw', () => {
  it('finds the samples behind other chunks', () => {
    expect(readMuLaw(example)).toEqual({ rate: 8000, samples: new Float32Array([0, 0]) });
  });
  it('expands by G.711', () => {
    const loud = example.slice();
    loud.set([0x80, 0x00], loud.length - 2); // the loudest positive and negative
    const { samples } = readMuLaw(loud)!;
    expect(samples[0]).toBeCloseTo(32124 / 32768, 5);
    expect(samples[1]).toBeCloseTo(-32124 / 32768, 5);
  });
  it('leaves PCM and nonsense to others', () => {
    const pcm = example.slice();
    pcm[20] = 1;
    expect(readMuLaw(pcm)).toBeUndefined();
    expect(readMuLaw(new Uint8Array([1, 2, 3]))).toBeUndefined();
    expect(readMuLaw(example.slice(0, 30))).toBeUndefined();
  });
});

describe('a file to upload', () => {
  it('must be a WAV of a size that is taken', () => {
    expect(fileProblem(example)).toBeUndefined();
    expect(fileProblem(new TextEncoder().encode('ID3 and some more'))).toBe('notWav');
    expect(fileProblem(new Uint8Array(660_001))).toBe('tooLarge');
  });
  it('survives base64', () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  });
});

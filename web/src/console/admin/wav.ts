/** The samples of a WAV file of 8 bit mu-law (ITU-T G.711), from -1 to 1; undefined when it is something else. */
export function readMuLaw(bytes: Uint8Array): { samples: Float32Array<ArrayBuffer>; rate: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || word(0) !== 'RIFF' || word(8) !== 'WAVE') return undefined;
  let rate = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const name = word(at);
    if (name === 'fmt ') {
      if (view.getUint16(at + 8, true) !== 7 || view.getUint16(at + 10, true) !== 1) return undefined;
      rate = view.getUint32(at + 12, true);
    }
    if (name === 'data' && rate > 0) {
      const data = bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + size));
      return { samples: Float32Array.from(data, expand), rate };
    }
    at += 8 + size + (size & 1);
  }
  return undefined;
}

function expand(byte: number): number {
  const u = ~byte & 0xff;
  const magnitude = ((((u & 0x0f) << 3) + 0x84) << ((u >> 4) & 7)) - 0x84;
  return (u & 0x80 ? -magnitude : magnitude) / 32768;
}

/** What is wrong with a file before it is sent: not a WAV, or too large. Undefined: nothing that can be seen here. */
export function fileProblem(bytes: Uint8Array): 'notWav' | 'tooLarge' | undefined {
  if (bytes.length > 660_000) return 'tooLarge';
  const ascii = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
  return ascii(0) === 'RIFF' && ascii(8) === 'WAVE' ? undefined : 'notWav';
}

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

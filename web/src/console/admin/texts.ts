/** The {names} in a text that may not stand in it, and braces that hold no name: they would be sent as they are. */
export function unknownPlaceholders(text: string, allowed: readonly string[]): string[] {
  const whole = /\{[^{}\s]*\}/g;
  const names = (text.match(whole) ?? []).filter((p) => !allowed.includes(p.slice(1, -1)));
  const stray = text.replace(whole, ' ').match(/\{\S*|\S*\}/g) ?? [];
  return [...new Set([...names, ...stray])];
}

export interface Piece {
  kind: 'same' | 'gone' | 'new';
  text: string;
}

/** What changed between two texts, word by word; where a language has no spaces, character by character. */
export function difference(before: string, after: string): Piece[] {
  const cut = (text: string) => text.match(/\{[a-z_]+\}|[\p{Script=Han}]|\s+|[^\s{\p{Script=Han}]+|\{/gu) ?? [];
  const a = cut(before);
  const b = cut(after);
  // The longest common run of words, from the end (a text has at most 1,000 characters).
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i]![j] = a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const pieces: Piece[] = [];
  const add = (kind: Piece['kind'], text: string) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push({ kind, text });
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add('same', a[i]!);
      i++;
      j++;
    } else if (i < a.length && (j === b.length || common[i + 1]![j]! >= common[i]![j + 1]!)) add('gone', a[i++]!);
    else add('new', b[j++]!);
  }
  return pieces;
}

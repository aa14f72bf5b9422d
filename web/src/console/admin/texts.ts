/** The {names} in a text that may not stand in it, and braces that hold no name: they would be sent as they are. */
export function unknownPlaceholders(text: string, allowed: readonly string[]): string[] {
  const whole = /\{[^{}\s]*\}/g;
  const names = (text.match(whole) ?? []).filter((p) => !allowed.includes(p.slice(1, -1)));
  const stray = text.replace(whole, ' ').match(/\{\S*|\S*\}/g) ?? [];
  return [...new Set([...names, ...stray])];
}

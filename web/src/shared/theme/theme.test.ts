import { describe, expect, it } from 'vitest';
import { dark, petrol, red, surfaces, tones } from './palette';
import { consoleTheme } from './theme';

/** WCAG 2.2 contrast ratio of two #rrggbb colours. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, blue] = [1, 3, 5].map((i) => {
      const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * blue!;
  };
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

describe.each(['light', 'dark'] as const)('%s colours', (scheme) => {
  const s = surfaces[scheme];
  const backgrounds = [s.page, s.surface, s.sunken, ...(scheme === 'dark' ? [dark[6]!] : [])]; // cards are dark.6
  it.each(['text', 'dimmed', 'anchor', 'error'] as const)('%s is read on every surface (4.5:1)', (name) => {
    for (const bg of backgrounds) expect(contrast(s[name], bg), `${s[name]} on ${bg}`).toBeGreaterThanOrEqual(4.5);
  });
  it('placeholder is read in a field (4.5:1)', () => {
    expect(contrast(s.placeholder, s.surface)).toBeGreaterThanOrEqual(4.5);
  });
  it("a field's border and the focus ring are seen (3:1)", () => {
    for (const bg of backgrounds.filter((b) => b !== s.sunken)) {
      expect(contrast(s.control, bg), `border on ${bg}`).toBeGreaterThanOrEqual(3);
      expect(contrast(s.focus, bg), `focus on ${bg}`).toBeGreaterThanOrEqual(3);
    }
  });
  it.each(Object.entries(tones[scheme]))('the %s tone is read (4.5:1)', (_tone, { bg, fg }) => {
    expect(contrast(fg, bg)).toBeGreaterThanOrEqual(4.5);
  });
});

describe('filled buttons', () => {
  it.each([['petrol', petrol], ['red', red]] as const)('%s carries white text in both schemes (4.5:1)', (_name, shades) => {
    // Mantine chooses the text by the light scheme's shade, so white must do on both.
    for (const shade of Object.values(consoleTheme.primaryShade as object)) {
      expect(contrast(shades[shade]!, '#ffffff'), `shade ${shade}`).toBeGreaterThanOrEqual(4.5);
    }
  });
});

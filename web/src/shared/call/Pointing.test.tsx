import { act, fireEvent, render, screen } from '@testing-library/react';
import { createRef } from 'react';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { AppProviders } from '../AppProviders';
import { startI18n } from '../i18n';
import { visitTheme } from '../theme/theme';
import { Pointing } from './Pointing';
import type { Point } from './told';

beforeAll(() => startI18n('visit'));
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('draws by keys alone, in few messages, and takes the pointer away once when it goes', () => {
  const said: unknown[] = [];
  const video = createRef<HTMLVideoElement>();
  // As in a call, each message makes a new handle.
  const page = (at: Point | null) => {
    const call = {
      point: (_: string, p: Point | null) => void said.push(['point', p]),
      draw: (_: string, n: number, points: Point[]) => void said.push(['draw', n, points.length]),
      newStroke: () => 7,
    };
    return (
      <AppProviders theme={visitTheme}>
        <video ref={video} />
        <Pointing video={video} fit="contain" surface="screen" pointer={at ? { surface: 'screen', at } : null} strokes={[]} pen={{ tool: 'draw', call }} />
      </AppProviders>
    );
  };
  const shown = render(page(null));
  const pen = screen.getByRole('application');
  for (const key of [' ', 'ArrowRight', 'ArrowRight', 'ArrowDown']) fireEvent.keyDown(pen, { key });
  act(() => void vi.advanceTimersByTime(60));
  expect(said).toEqual([['point', [0.54, 0.52]], ['draw', 7, 4]]);
  shown.rerender(page([0.54, 0.52]));
  shown.rerender(page([0.54, 0.52]));
  expect(said).toHaveLength(2);
  shown.unmount();
  expect(said.at(-1)).toEqual(['point', null]);
  expect(said).toHaveLength(3);
});
